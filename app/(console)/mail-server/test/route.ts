import { routeCaller } from '@/app/_server/caller'
import { answerTest } from '@/app/(console)/_connection-test/answer-test'
import { submitTest } from '../_form/submit-test'

/** The stages of the test as they end, one JSON document a line. Validation errors or a refusal are a single JSON document. */
export async function POST(request: Request): Promise<Response> {
  const caller = await routeCaller(request, 'mail-server:test')
  if (caller instanceof Response) return caller
  return answerTest(request, caller, submitTest)
}

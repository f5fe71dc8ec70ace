import { routeCaller } from '@/app/_server/caller'
import { answerTest } from '@/app/(console)/_connection-test/answer-test'
import { submitVerify } from '../submit-verify'

/** Like `/mail-server/test`, for one sender and the saved settings. */
export async function POST(request: Request): Promise<Response> {
  const caller = await routeCaller(request, 'mail-server:test')
  if (caller instanceof Response) return caller
  return answerTest(request, caller, submitVerify)
}

import { routeCaller } from '@/app/_server/caller'
import { answerTest } from '../../mail-server/answer-test'
import { submitProve } from '../submit-prove'

/** As `/mail-server/test`, with a message as one sender by the saved settings. */
export async function POST(request: Request): Promise<Response> {
  const caller = await routeCaller(request, 'mail-server:test')
  if (caller instanceof Response) return caller
  return answerTest(request, caller, submitProve)
}

import { answer, refuseOtherMethods } from '@/app/api/_server/answer'
import { getMessages } from '@/lib/submission/api/messages'
import { sendMessage } from '@/lib/submission/api/send'

export const GET = (request: Request): Promise<Response> => answer(getMessages, request)
export const POST = (request: Request): Promise<Response> => answer(sendMessage, request)
export const { PUT, PATCH, DELETE, OPTIONS } = refuseOtherMethods('GET, POST')

import { answer, refuseOtherMethods } from '@/app/api/_server/answer'
import { getMessage } from '@/lib/submission/api/messages'

export async function GET(request: Request, { params }: RouteContext<'/api/v1/messages/[id]'>): Promise<Response> {
  return answer(getMessage, request, (await params).id)
}

export const { POST, PUT, PATCH, DELETE, OPTIONS } = refuseOtherMethods('GET')

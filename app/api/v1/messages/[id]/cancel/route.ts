import { answer, refuseOtherMethods } from '@/app/api/_server/answer'
import { cancelMessage } from '@/lib/submission/api/messages'

export async function POST(request: Request, { params }: RouteContext<'/api/v1/messages/[id]/cancel'>) {
  return answer(cancelMessage, request, (await params).id)
}

export const { GET, PUT, PATCH, DELETE, OPTIONS } = refuseOtherMethods('POST')

import { refuse } from '@/app/api/_server/answer'
import { refusal } from '@/lib/submission/refusal'

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = refuse(refusal('path-unknown'))

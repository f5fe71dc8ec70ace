import { services } from '@/lib/services'
import { problem } from '@/lib/submission/api/problem'
import { refusal } from '@/lib/submission/refusal'

/** A program gets an answer that it can read, instead of the console's page. */
const unknown = (): Response => problem(services().environment.baseUrl, refusal('path-unknown'))

export const GET = unknown
export const POST = unknown

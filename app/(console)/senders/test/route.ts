import { testRoute } from '@/app/(console)/_connection-test/test-route'
import { submitVerify } from '../submit-verify'

/** Like `/mail-server/test`, for one sender and the saved settings. */
export const POST = testRoute('mail-server:test', submitVerify)

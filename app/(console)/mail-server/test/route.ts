import { testRoute } from '@/app/(console)/_connection-test/test-route'
import { submitTest } from '../_form/submit-test'

export const POST = testRoute('mail-server:test', submitTest)

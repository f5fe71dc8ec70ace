import { redirect } from 'next/navigation'
import { MAIL_SERVERS_PATH } from '@/app/paths'

export default function FrontPage() {
  redirect(MAIL_SERVERS_PATH)
}

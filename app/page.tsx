import { redirect } from 'next/navigation'
import { MAIL_SERVERS_PATH, OVERVIEW_PATH, SIGN_IN_PATH } from '@/app/paths'
import { signedIn } from './_server/caller'
import { mailServers } from './_server/status'

/** Where a person who signs in arrives: Overview, or the form of the first mail server until it is saved. */
export default async function FrontPage() {
  if (!(await signedIn())) redirect(SIGN_IN_PATH)
  const isSetUp = (await mailServers()).some(({ version }) => version > 0)
  redirect(isSetUp ? OVERVIEW_PATH : MAIL_SERVERS_PATH)
}

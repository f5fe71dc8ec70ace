import { page } from '@/app/_server/page'
import { MESSAGES_PATH } from '@/app/paths'
import { Page } from '@/components/page'
import { services } from '@/lib/services'
import { policyLabels } from '../../policy/parts'
import { SendForm, type SendLabels } from './send-form'

/** To send a message by hand, and to see which rule, sender and mail server it gets. */
export default page('messages:send', 'messages', async ({ caller, t, texts }) => {
  const [policy] = texts('policy')
  const view = await services().rules.view()
  const w = policyLabels(policy, view.servers)
  return (
    <Page
      title={t('send.title')}
      crumbs={[{ label: t('title'), href: MESSAGES_PATH }]}
      description={t('send.description')}
    >
      <SendForm from={caller.actor.email} labels={t.raw('send') as SendLabels} w={w} />
    </Page>
  )
})

import { fieldLabel, fieldText, type NamedCloud, type PageLabels } from '@/app/(console)/_connection-test/labels'
import { DataList, pair } from '@/components/data-list'
import { FIELDS_OF, type MailServerFields } from '@/lib/mail-server/form-fields'

export function Values(props: {
  fields: MailServerFields
  clouds: readonly NamedCloud[]
  /** Facts about the stored secret; null if none is stored. */
  secret: string | null
  w: PageLabels
}) {
  const { fields, clouds, secret, w } = props
  const isExchange = fields.type === 'exchange-online-oauth2'
  const hasLogin = !isExchange && fields.login === 'password'
  return (
    <DataList
      items={[
        ...[...FIELDS_OF[fields.type], ...(hasLogin ? ['username' as const] : [])].map((name) => {
          const value = fieldText(name, fields, clouds, w)
          return pair(
            fieldLabel(name, w) ?? '',
            value || <span className="text-faint">{w.conflict.empty}</span>,
            (name === 'tenantId' || name === 'clientId') && 'mono',
          )
        }),
        pair(isExchange ? w.form.clientSecret : w.form.password, (isExchange || hasLogin) && secret),
      ]}
    />
  )
}

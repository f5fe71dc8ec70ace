import { getTranslations } from '@/app/_server/translations'
import { APPLICATIONS_PATH, CREDENTIALS_PATH, REMINDERS_PATH } from '@/app/paths'
import { Filters } from '@/components/filters'

const PATHS = {
  credentials: CREDENTIALS_PATH,
  reminders: REMINDERS_PATH,
  applications: APPLICATIONS_PATH,
} as const

/** Links between the pages about credentials. */
export async function CredentialParts({ current }: { current: keyof typeof PATHS }) {
  const [credentials, reminders, inventory] = await Promise.all([
    getTranslations('credentials'),
    getTranslations('reminders'),
    getTranslations('inventory'),
  ])
  const label = { credentials: credentials('title'), reminders: reminders('title'), applications: inventory('title') }
  return (
    <div className="no-print">
      <Filters
        label={credentials('parts')}
        items={(['credentials', 'reminders', 'applications'] as const).map((part) => ({
          href: PATHS[part],
          label: label[part],
          current: part === current,
        }))}
      />
    </div>
  )
}

import { redirect } from 'next/navigation'
import { toString as qrCode } from 'qrcode'
import { CodeInput, PasswordInput } from '@/app/_form/form-input'
import { PersonForm } from '@/app/_form/person-form'
import { requireFresh, requireSession } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { signOutAction } from '@/app/(auth)/sign-out/actions'
import { ACCOUNT_PATH, ENROL_PATH, NOTICE_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { ButtonForm } from '@/components/button-form'
import { Live } from '@/components/live'
import { Note } from '@/components/note'
import { Entrance } from '@/components/sign-in-layout'
import { PlainLink } from '@/components/text'
import { ENROLMENT_MINUTES } from '@/lib/accounts/settings'
import type { Enrolment } from '@/lib/accounts/terms'
import type { Translator } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { beginAction, confirmAction } from './actions'

export default async function EnrolPage({ searchParams }: PageProps<'/enrol'>) {
  const { session } = await requireSession()
  const { signIn } = services()
  // The answer that led to the backup codes may have been lost.
  if (session.operator.secondFactor) redirect((await signIn.notice(session.operator.id)) ? NOTICE_PATH : ACCOUNT_PATH)
  const t = await getTranslations('people')
  const { expired } = await searchParams
  const pending = await signIn.pendingEnrolment(session)
  if (pending) await requireFresh(session, ENROL_PATH)
  const wayOut = session.mustEnrol ? (
    <ButtonForm action={signOutAction} kind="quiet" text={t('signOut')} />
  ) : (
    <ButtonLink kind="quiet" href={ACCOUNT_PATH} text={t('enrol.later')} />
  )
  if (!pending) {
    return (
      <Entrance
        title={t('enrol.title')}
        description={t(session.mustEnrol ? 'enrol.demanded' : 'enrol.why')}
        foot={wayOut}
      >
        {expired === '1' && (
          <Live role="alert" className="mb-4">
            <Note kind="warning">{t('fault.not-enrolling')}</Note>
          </Live>
        )}
        <PersonForm action={beginAction} username={session.operator.email} submit={{ label: t('enrol.begin') }}>
          {!signIn.isFresh(session) && <PasswordInput name="confirmPassword" label={t('field.password')} />}
        </PersonForm>
      </Entrance>
    )
  }
  return (
    <Entrance title={t('enrol.scanTitle')} description={t('enrol.scan', { minutes: ENROLMENT_MINUTES })} foot={wayOut}>
      <Seed {...{ pending, t }} />
      <PersonForm action={confirmAction} submit={{ label: t('enrol.confirm') }}>
        <CodeInput name="code" inputMode="numeric" label={t('field.totp')} hint={t('enrol.codeHint')} />
      </PersonForm>
    </Entrance>
  )
}

/** As a picture for another device's camera, as a link for an app on this one, and as a text. */
async function Seed({ pending, t }: { pending: Enrolment; t: Translator<'people'> }) {
  const uri = pending.uri.reveal()
  return (
    <>
      {/* biome-ignore lint/performance/noImgElement: the address holds the picture itself, there is nothing to optimise */}
      <img src={await qrImage(uri)} alt={t('enrol.qrAlt')} width={220} height={220} className="mx-auto rounded-md" />
      <p className="mt-4 text-sm text-soft">
        {t.rich('enrol.orType', { app: (text) => <PlainLink href={uri}>{text}</PlainLink> })}
      </p>
      <p className="mt-1 mb-5 font-mono text-sm">{inFours(pending.secret.reveal())}</p>
    </>
  )
}

/** A data URL, which the content policy allows. It is made here, so the seed is sent nowhere else. */
async function qrImage(text: string): Promise<string> {
  const svg = await qrCode(text, { type: 'svg', margin: 4, errorCorrectionLevel: 'M' })
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`
}

const inFours = (text: string): string => (text.match(/.{1,4}/g) ?? []).join(' ')

import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import { credentialPath } from '@/app/paths'
import { Checkbox, RadioGroup, SecretInput, Select, TextInput } from '@/components/inputs'
import { Note } from '@/components/note'
import { TextLink } from '@/components/text'
import type { MailServerFields } from '@/lib/mail-server/form-fields'
import { isMicrosoftHost } from '@/lib/mail-server/microsoft-host'

/** Facts about the stored secret; never the secret. */
export interface StoredSecret {
  type: MailServerFields['type']
  /** Whether it is a secret or password that was entered. Otherwise the application signs in in another way. */
  typed: boolean
  /** "Stored 3 Nov 2026 by …, valid until …". */
  description: string
  readable: boolean
  /** Whether it is not readable because the destination has changed since it was stored. */
  moved: boolean
}

export interface FieldsOfPage {
  server: string
  fields: MailServerFields
  stored: StoredSecret | null
  /** Whether it was saved before it was decided how the application signs in. */
  undecided: boolean
  individualPossible: boolean
  sendersPath: string
  clouds: readonly { id: string; name: string }[]
  plaintextAllowed: boolean
  /** Whether the page already says that password logins at this host will be switched off. */
  hasBasicAuthNote: boolean
}

interface FieldsProps extends FieldsOfPage {
  errors: Record<string, string>
  /** What was done to pasted values, by field. */
  infos: Record<string, string>
  /** Whether the form names another destination than the stored secret's, so that it must be entered again. Known only with scripts. */
  moved: boolean
  /** Whether the form was shown again without scripts, so that its new secret must be entered again. */
  replacing: boolean
  basicAuth: PageLabels['basicAuth']
  w: PageLabels['form']
}

/** A part of the form: its name and what it is about on the left, its fields on the right. */
function FieldGroup(props: { title: string; hint: string; className?: string; children: ReactNode }) {
  const { title, hint, className = '', children } = props
  const heading = useId()
  return (
    <section aria-labelledby={heading} className={`border-t border-line py-6 first:border-t-0 first:pt-1 ${className}`}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-x-7 gap-y-4 xl:grid-cols-[9.5rem_minmax(0,1fr)]">
        <div>
          <h2 id={heading} className="text-[0.90625rem] font-[620]">
            {title}
          </h2>
          <p className="mt-0.5 text-sm text-faint">{hint}</p>
        </div>
        <div className="grid content-start gap-4.5 sm:grid-cols-2 sm:gap-x-4">{children}</div>
      </div>
    </section>
  )
}

/** Takes the full width of a group. */
const WIDE = 'sm:col-span-2'

/** All fields of both types. CSS shows those of the chosen type (globals.css), so that the choice works without scripts. */
export function SettingsFields(props: FieldsProps & { paste: ReactNode; exchangeChosen: boolean }) {
  const { w } = props
  return (
    <>
      <FieldGroup title={w.sectionServer} hint={w.sectionServerHint}>
        <Select
          {...fieldOf(props)('type')}
          className={WIDE}
          options={[
            { value: 'exchange-online-oauth2', label: w.typeExchange },
            { value: 'smtp', label: w.typeSmtp },
          ]}
        />
        <div className={`for-exchange ${WIDE}`}>{props.paste}</div>
      </FieldGroup>
      <SenderGroup {...props} />
      <AppGroup {...props} />
      <SmtpGroup {...props} />
    </>
  )
}

type TextField = Exclude<keyof MailServerFields, 'allowIndividualSenders'>

/** A field without its value: its label and hint, what is wrong with the value, and what was done to it. */
const labelledOf =
  ({ errors, infos, w }: FieldsProps) =>
  (name: TextField | 'clientSecret' | 'password', hint?: string) => ({
    name,
    label: w[name],
    hint,
    error: errors[name],
    info: infos[name],
  })

const fieldOf = (props: FieldsProps) => (name: TextField, hint?: string) => ({
  ...labelledOf(props)(name, hint),
  defaultValue: props.fields[name],
})

function SenderGroup(props: FieldsProps & { exchangeChosen: boolean }) {
  const { fields, errors, w } = props
  const field = fieldOf(props)
  return (
    <FieldGroup title={w.sectionSender} hint={w.sectionSenderHint}>
      <TextInput
        {...field('senderAddress')}
        type="email"
        inputMode="email"
        hint={
          <>
            <span className="for-exchange">{w.senderAddressHintExchange}</span>
            <span className="for-smtp">{w.senderAddressHintSmtp}</span>
          </>
        }
      />
      <TextInput {...field('senderName', w.senderNameHint)} autoCapitalize="words" />
      <Checkbox
        name="allowIndividualSenders"
        label={w.individual}
        className={WIDE}
        error={errors.allowIndividualSenders}
        defaultChecked={fields.allowIndividualSenders}
        disabled={props.exchangeChosen && !props.individualPossible && !fields.allowIndividualSenders}
        hint={
          <>
            <span className="for-exchange">
              {props.individualPossible ? w.individualExchange : w.individualOff}{' '}
              <TextLink href={props.sendersPath} className="whitespace-nowrap">
                {w.toSenders}
              </TextLink>
            </span>
            <span className="for-smtp">{w.individualHint}</span>
          </>
        }
      />
    </FieldGroup>
  )
}

function AppGroup(props: FieldsProps) {
  const { w } = props
  const field = fieldOf(props)
  const hasCertificate = props.stored?.typed === false
  const expiry = (
    <TextInput
      {...field('secretExpiresAt', w.secretExpiresAtHint)}
      type="date"
      className={`${WIDE} [&_input]:max-w-[12rem]`}
    />
  )
  return (
    <FieldGroup title={w.sectionApp} hint={w.sectionAppHint} className="for-exchange">
      <Select
        {...field('cloud')}
        className={WIDE}
        options={props.clouds.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <TextInput {...field('tenantId', w.tenantIdHint)} mono className={WIDE} />
      <TextInput {...field('clientId', w.clientIdHint)} mono className={WIDE} />
      <SecretFields {...props} type="exchange-online-oauth2">
        <SecretInput {...labelledOf(props)('clientSecret', w.clientSecretHint)} />
        {hasCertificate && expiry}
      </SecretFields>
      {!hasCertificate && expiry}
    </FieldGroup>
  )
}

function SmtpGroup(props: FieldsProps) {
  const { fields, errors, w } = props
  const field = fieldOf(props)
  return (
    <FieldGroup title={w.sectionSmtp} hint={w.sectionSmtpHint} className="for-smtp">
      <div className={`grid gap-4.5 sm:grid-cols-[minmax(0,1fr)_7rem] sm:gap-x-4 ${WIDE}`}>
        <TextInput {...field('host', w.hostHint)} inputMode="url" />
        <TextInput {...field('port')} inputMode="numeric" />
      </div>
      {!props.hasBasicAuthNote && <BasicAuthNote w={props.basicAuth} />}
      <Select
        {...field('security')}
        className={WIDE}
        options={[
          { value: 'starttls', label: w.securityStarttls },
          { value: 'tls', label: w.securityTls },
          ...(props.plaintextAllowed || fields.security === 'none' ? [{ value: 'none', label: w.securityNone }] : []),
        ]}
      />
      <RadioGroup
        name="login"
        legend={w.login}
        className={WIDE}
        error={errors.login}
        defaultValue={fields.login}
        options={[
          { value: 'none', label: w.loginNone },
          { value: 'password', label: w.loginPassword },
        ]}
      />
      <div className={`for-login ${WIDE}`}>
        <div className="grid gap-4.5 border-l-2 border-line pl-4 sm:grid-cols-2">
          <TextInput {...field('username')} />
          <SecretFields {...props} type="smtp">
            <SecretInput {...labelledOf(props)('password')} />
          </SecretFields>
        </div>
      </div>
    </FieldGroup>
  )
}

/** Warns while a Microsoft host is being typed that password logins there will be switched off. */
function BasicAuthNote({ w }: { w: PageLabels['basicAuth'] }) {
  const place = useRef<HTMLDivElement>(null)
  const [applies, setApplies] = useState(false)

  useEffect(() => {
    const form = place.current?.closest('form')
    if (!form) return
    const look = () => {
      const data = new FormData(form)
      setApplies(data.get('login') === 'password' && isMicrosoftHost(String(data.get('host') ?? '')))
    }
    look()
    form.addEventListener('input', look)
    return () => form.removeEventListener('input', look)
  }, [])

  return (
    <div ref={place} className={`${WIDE} empty:hidden`}>
      {applies && (
        <Note kind="warning" live="status" title={w.title}>
          {w.text} {w.action}
        </Note>
      )}
    </div>
  )
}

function choiceLabels({ type, typed }: StoredSecret, w: FieldsProps['w']) {
  if (type === 'smtp') return [w.passwordChoice, w.passwordKeep, w.passwordReplace] as const
  return typed
    ? ([w.secretChoice, w.secretKeep, w.secretReplace] as const)
    : ([w.signInChoice, w.signInKeep, w.signInReplace] as const)
}

/** The choice between keeping and replacing a stored secret. If none is stored, only its field. */
function SecretFields(props: FieldsProps & { type: MailServerFields['type']; children: ReactNode }) {
  const { stored, moved, w } = props
  const isExchange = props.type === 'exchange-online-oauth2'
  const choiceName = isExchange ? 'clientSecretChange' : 'passwordChange'
  if (stored?.type !== props.type)
    return isExchange ? (
      <div className={`grid gap-3 ${WIDE}`}>
        <RadioGroup
          name={choiceName}
          legend={w.signInChoice}
          error={props.errors[choiceName]}
          defaultValue={props.undecided && !props.replacing ? 'none' : 'replace'}
          options={[
            { value: 'replace', label: w.secretNew },
            { value: 'none', label: w.secretNone, hint: w.secretNoneHint },
          ]}
        />
        <div className="for-new-secret">{props.children}</div>
      </div>
    ) : (
      <div className={WIDE}>
        <input type="hidden" name={choiceName} value="replace" />
        {props.children}
      </div>
    )
  const typedAgain = props.replacing || !stored.readable || props.errors[isExchange ? 'clientSecret' : 'password']
  const [legend, keep, replace] = choiceLabels(stored, w)
  return (
    <div className={`grid gap-3 ${WIDE}`}>
      <RadioGroup
        name={choiceName}
        legend={legend}
        error={props.errors[choiceName]}
        defaultValue={typedAgain ? 'replace' : 'keep'}
        options={[
          { value: 'keep', label: keep, hint: stored.description, disabled: moved || !stored.readable },
          {
            value: 'replace',
            label: replace,
            hint: isExchange && (
              <>
                {w.replaceHint} <TextLink href={credentialPath(props.server)}>{w.replaceLink}</TextLink>
              </>
            ),
          },
        ]}
      />
      {!stored.readable && <Note kind="danger">{stored.moved ? w.secretMoved : w.secretUnreadable}</Note>}
      {moved && stored.readable && (
        <Note kind="warning" live="status">
          {w.secretMoved}
        </Note>
      )}
      <div className="for-new-secret space-y-4.5">{props.children}</div>
    </div>
  )
}

import type { Route } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { PageLabels } from '@/app/(console)/_connection-test/labels'
import { Checkbox, RadioGroup, SecretInput, Select, TextInput } from '@/components/inputs'
import { Note } from '@/components/note'
import type { MailServerFields } from '@/lib/mail-server/form-fields'

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

export interface FieldsProps {
  fields: MailServerFields
  errors: Record<string, string>
  /** What was done to pasted values, by field. */
  infos: Record<string, string>
  stored: StoredSecret | null
  /** Whether it was saved before it was decided how the application signs in. */
  undecided: boolean
  /** Whether the form names another destination than the stored secret's, so that it must be entered again. Known only with scripts. */
  moved: boolean
  /** Whether the form was shown again without scripts, so that its new secret must be entered again. */
  replacing: boolean
  individualPossible: boolean
  sendersPath: string
  clouds: readonly { id: string; name: string }[]
  plaintextAllowed: boolean
  /** Note below the host. */
  hostNote: ReactNode
  w: PageLabels['form']
}

function FieldGroup(props: { legend: string; className?: string; below?: boolean; children: ReactNode }) {
  const { legend, className = '', below = false, children } = props
  return (
    <fieldset className={`border-t border-line pt-5 pb-7 ${className}`}>
      <legend className="float-left mb-4 w-full text-lg font-[600] tracking-[-0.011em]">{legend}</legend>
      <div className={`clear-left grid gap-5 ${below ? 'below-first-screen' : ''}`}>{children}</div>
    </fieldset>
  )
}

/** All fields of both types. CSS shows those of the chosen type (globals.css), so that the choice works without scripts. */
export function SettingsFields(props: FieldsProps & { paste: ReactNode; exchangeChosen: boolean }) {
  const { fields, errors, w } = props
  const note = (name: string, hint?: string) => ({ name, error: errors[name], info: props.infos[name], hint })
  return (
    <>
      <FieldGroup legend={w.sectionServer}>
        <Select
          {...note('type')}
          label={w.type}
          defaultValue={fields.type}
          options={[
            { value: 'exchange-online-oauth2', label: w.typeExchange },
            { value: 'smtp', label: w.typeSmtp },
          ]}
        />
        <div className="for-exchange">{props.paste}</div>
      </FieldGroup>

      <FieldGroup legend={w.sectionSender}>
        <TextInput
          {...note('senderAddress')}
          label={w.senderAddress}
          type="email"
          inputMode="email"
          defaultValue={fields.senderAddress}
          hint={
            <>
              <span className="for-exchange">{w.senderAddressHintExchange}</span>
              <span className="for-smtp">{w.senderAddressHintSmtp}</span>
            </>
          }
        />
        <TextInput
          {...note('senderName', w.senderNameHint)}
          label={w.senderName}
          autoCapitalize="words"
          defaultValue={fields.senderName}
        />
        <Checkbox
          name="allowIndividualSenders"
          label={w.individual}
          error={errors.allowIndividualSenders}
          defaultChecked={fields.allowIndividualSenders}
          disabled={props.exchangeChosen && !props.individualPossible && !fields.allowIndividualSenders}
          hint={
            <>
              <span className="for-exchange">
                {props.individualPossible ? w.individualExchange : w.individualOff}{' '}
                <Link href={props.sendersPath as Route} prefetch={false} className="prose-link">
                  {w.toSenders}
                </Link>
              </span>
              <span className="for-smtp">{w.individualHint}</span>
            </>
          }
        />
      </FieldGroup>

      <FieldGroup legend={w.sectionApp} className="for-exchange" below>
        <Select
          {...note('cloud')}
          label={w.cloud}
          defaultValue={fields.cloud}
          options={props.clouds.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <TextInput {...note('tenantId', w.tenantIdHint)} label={w.tenantId} mono defaultValue={fields.tenantId} />
        <TextInput {...note('clientId', w.clientIdHint)} label={w.clientId} mono defaultValue={fields.clientId} />
        <SecretFields
          {...props}
          type="exchange-online-oauth2"
          choiceName="clientSecretChange"
          labels={
            props.stored?.typed === false
              ? { legend: w.signInChoice, keep: w.signInKeep, replace: w.signInReplace, soon: w.secretMovedSoon }
              : { legend: w.secretChoice, keep: w.secretKeep, replace: w.secretReplace, soon: w.secretMovedSoon }
          }
        >
          <SecretInput {...note('clientSecret', w.clientSecretHint)} label={w.clientSecret} />
        </SecretFields>
        <TextInput
          {...note('secretExpiresAt', w.secretExpiresAtHint)}
          label={w.secretExpiresAt}
          type="date"
          className="[&_input]:max-w-[12rem]"
          defaultValue={fields.secretExpiresAt}
        />
      </FieldGroup>

      <FieldGroup legend={w.sectionSmtp} className="for-smtp" below>
        <div className="grid gap-5 sm:grid-cols-[minmax(0,1fr)_7rem] sm:gap-4">
          <TextInput {...note('host', w.hostHint)} label={w.host} inputMode="url" defaultValue={fields.host} />
          <TextInput {...note('port')} label={w.port} inputMode="numeric" defaultValue={fields.port} />
        </div>
        {props.hostNote}
        <Select
          {...note('security')}
          label={w.security}
          defaultValue={fields.security}
          options={[
            { value: 'starttls', label: w.securityStarttls },
            { value: 'tls', label: w.securityTls },
            ...(props.plaintextAllowed || fields.security === 'none' ? [{ value: 'none', label: w.securityNone }] : []),
          ]}
        />
        <RadioGroup
          name="login"
          legend={w.login}
          error={errors.login}
          defaultValue={fields.login}
          options={[
            { value: 'none', label: w.loginNone },
            { value: 'password', label: w.loginPassword },
          ]}
        />
        <div className="for-login grid gap-5 border-l-2 border-line pl-4">
          <TextInput {...note('username')} label={w.username} defaultValue={fields.username} />
          <SecretFields
            {...props}
            type="smtp"
            choiceName="passwordChange"
            labels={{
              legend: w.passwordChoice,
              keep: w.passwordKeep,
              replace: w.passwordReplace,
              soon: w.passwordMovedSoon,
            }}
          >
            <SecretInput {...note('password')} label={w.password} />
          </SecretFields>
        </div>
      </FieldGroup>
    </>
  )
}

/** The choice between keeping and replacing a stored secret. If none is stored, only its field. */
function SecretFields(
  props: FieldsProps & {
    type: MailServerFields['type']
    choiceName: 'clientSecretChange' | 'passwordChange'
    labels: { legend: string; keep: string; replace: string; soon: string }
    children: ReactNode
  },
) {
  const { stored, choiceName, labels, moved, w } = props
  if (stored?.type !== props.type && props.type === 'exchange-online-oauth2') {
    return (
      <div className="grid gap-3">
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
    )
  }
  if (stored?.type !== props.type) {
    return (
      <>
        <input type="hidden" name={choiceName} value="replace" />
        {props.children}
      </>
    )
  }
  const typedAgain =
    props.replacing || !stored.readable || props.errors[choiceName === 'passwordChange' ? 'password' : 'clientSecret']
  return (
    <div className="grid gap-3">
      <RadioGroup
        name={choiceName}
        legend={labels.legend}
        hint={stored.description}
        error={props.errors[choiceName]}
        defaultValue={typedAgain ? 'replace' : 'keep'}
        options={[
          { value: 'keep', label: labels.keep, hint: labels.soon, disabled: moved || !stored.readable },
          { value: 'replace', label: labels.replace },
        ]}
      />
      {!stored.readable && <Note kind="danger">{stored.moved ? w.secretMoved : w.secretUnreadable}</Note>}
      {moved && stored.readable && (
        <Note kind="warning" live="status">
          {w.secretMoved}
        </Note>
      )}
      <div className="for-new-secret">{props.children}</div>
    </div>
  )
}

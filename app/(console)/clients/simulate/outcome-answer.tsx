import { clientPath, LEARNING_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { TextLink } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import { clientName } from '@/lib/submission/client-name'
import { refusalText } from '@/lib/submission/refusal'
import type { SubmissionOutcome } from '@/lib/submission/simulate'
import { addHref, wayToAdd } from '../sessions/remedy'

interface OutcomeProps {
  outcome: SubmissionOutcome
  typed: Readonly<Record<'address' | 'login' | 'sender', string>>
  mayAdd: boolean
  submission: Translator<'submission'>
}

/** Names the client, or learning mode, that the device is recognised as. */
export function OutcomeAnswer(props: OutcomeProps & { t: Translator<'clients'> }) {
  const { outcome, typed, mayAdd, t, submission } = props
  const { client, refusal, recipients } = outcome
  const link =
    client &&
    (client.learningUntil ? (
      <TextLink href={LEARNING_PATH}>{clientName(client.name, submission)}</TextLink>
    ) : (
      <TextLink href={clientPath(client.id)}>{t('simulate.client', { name: client.name })}</TextLink>
    ))
  if (refusal) {
    // A stranger is not told which user names exist, and the password is assumed to be correct.
    const isUnknown = refusal.code === 'login-wrong'
    const refused = { refusal: refusal.code, login: typed.login, clientOfLogin: client?.id ?? null }
    const way = mayAdd && !client ? wayToAdd({ ...refused, entrance: 'plain' }) : null
    const sentence = isUnknown
      ? submission('loginUnknown.says', { login: typed.login })
      : refusalText(submission, refusal)
    return (
      <Answer
        id="result"
        tone="bad"
        title={t('simulate.refused', { sentence })}
        detail={
          <>
            {submission(isUnknown ? 'loginUnknown.todo' : `refusal.${refusal.code}.todo`)} {link}
          </>
        }
        action={way && <ButtonLink href={addHref({ ...typed, helo: null, way })} text={t('add.link')} />}
      />
    )
  }
  const count = recipients.filter((each) => each.refusal === null).length
  const isPart = count < recipients.length
  const title = t(isPart ? 'simulate.acceptedPart' : 'simulate.accepted', { count, all: recipients.length })
  return <Answer id="result" tone={isPart ? 'warn' : 'good'} title={title} detail={link} />
}

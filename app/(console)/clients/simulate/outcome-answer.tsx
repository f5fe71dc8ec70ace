import { clientPath, LEARNING_PATH } from '@/app/paths'
import { Answer } from '@/components/page'
import { TextLink } from '@/components/text'
import type { Translator } from '@/lib/i18n/translations'
import { clientName } from '@/lib/submission/client-name'
import { refusalText } from '@/lib/submission/refusal'
import type { SubmissionOutcome } from '@/lib/submission/simulate'

interface OutcomeProps {
  outcome: SubmissionOutcome
  login: string
  submission: Translator<'submission'>
}

/** Names the client, or learning mode, that the device is recognised as. */
export function OutcomeAnswer({ outcome, login, t, submission }: OutcomeProps & { t: Translator<'clients'> }) {
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
    const sentence = isUnknown ? submission('loginUnknown.says', { login }) : refusalText(submission, refusal)
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
      />
    )
  }
  const count = recipients.filter((each) => each.refusal === null).length
  const isPart = count < recipients.length
  const title = t(isPart ? 'simulate.acceptedPart' : 'simulate.accepted', { count, all: recipients.length })
  return <Answer id="result" tone={isPart ? 'warn' : 'good'} title={title} detail={link} />
}

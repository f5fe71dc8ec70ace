import { signOutAction } from '@/app/(auth)/sign-out/actions'
import { PlainForm } from '@/components/action-form'
import { Icon } from '@/components/icon'
import { SubmitButton } from '@/components/submit-button'

/**
 * A form, so that it works without scripts and no link can sign anyone out.
 *
 * @param props.small An icon with its name for screen readers.
 */
export function SignOut({ label, small = false }: { label: string; small?: boolean }) {
  return (
    <PlainForm action={signOutAction}>
      {small ? (
        <SubmitButton kind="quiet" aria-label={label} title={label} className="text-faint">
          <Icon name="leave" className="size-4" />
        </SubmitButton>
      ) : (
        <SubmitButton>{label}</SubmitButton>
      )}
    </PlainForm>
  )
}

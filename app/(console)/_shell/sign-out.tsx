import { signOutAction } from '@/app/(auth)/sign-out/actions'
import { ButtonForm } from '@/components/button-form'
import { Icon } from '@/components/icon'

/**
 * A form, so that it works without scripts and no link can sign anyone out.
 *
 * @param props.small An icon with its name for screen readers.
 */
export const SignOut = ({ label, small = false }: { label: string; small?: boolean }) =>
  small ? (
    <ButtonForm action={signOutAction} kind="quiet" aria-label={label} title={label} className="text-faint">
      <Icon name="leave" className="size-4" />
    </ButtonForm>
  ) : (
    <ButtonForm action={signOutAction}>{label}</ButtonForm>
  )

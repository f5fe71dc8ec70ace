import type { ReactNode } from 'react'
import { Dialog } from '@/components/dialog'
import { Panel } from '@/components/page'

/** One thing that is rarely done to a subject: its name in the menu, and the form behind it. */
export interface Management {
  key: string
  trigger: string
  title: string
  form: ReactNode
}

/**
 * Items of a menu, each of which opens its form in a dialog.
 *
 * @param props.path The page with the same forms, for readers without scripts.
 */
export const ManagementDialogs = (props: { all: readonly Management[]; path: string }) =>
  props.all.map(({ key, trigger, title, form }) => (
    <Dialog
      key={key}
      id={`${key}-dialog`}
      title={title}
      trigger={{ text: trigger, href: `${props.path}#${key}`, kind: 'menu' }}
    >
      {form}
    </Dialog>
  ))

/** All forms, on the page for readers without scripts. */
export const ManagementPanels = ({ all }: { all: readonly Management[] }) =>
  all.map(({ key, title, form }) => (
    <Panel key={key} id={key} title={title}>
      {form}
    </Panel>
  ))

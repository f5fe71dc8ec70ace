import { OVERVIEW_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button-link'
import { Page } from '@/components/page'
import { Entrance } from '@/components/sign-in-layout'

export interface RarePageProps {
  why: 'notFound' | 'forbidden'
  place: 'console' | 'entrance'
  title: string
  text: string
  back: string
}

/** A page that is not there, or that the role does not open: in the console next to the rail, else on a card. */
export default function RarePageView({ why, place, title, text, back }: RarePageProps) {
  const link = <ButtonLink href={OVERVIEW_PATH}>{back}</ButtonLink>
  if (place === 'entrance')
    return (
      <Entrance title={title} description={text}>
        {link}
      </Entrance>
    )
  return (
    <Page title={title} width="text">
      <Answer tone="neutral" mark={why === 'notFound' ? 'dot' : 'cross'} title={title} detail={text} />
      <div>{link}</div>
    </Page>
  )
}

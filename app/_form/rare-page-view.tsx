import { OVERVIEW_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { Entrance } from '@/components/sign-in-layout'

export interface RarePageProps {
  title: string
  text: string
  back: string
}

/** A page that is not there, on a card. */
export default function RarePageView({ title, text, back }: RarePageProps) {
  return (
    <Entrance title={title} description={text}>
      <ButtonLink href={OVERVIEW_PATH} text={back} />
    </Entrance>
  )
}

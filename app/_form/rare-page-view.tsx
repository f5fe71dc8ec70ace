import { OVERVIEW_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { Entrance } from '@/components/sign-in-layout'

/** A page that is not there, on a card. */
export default function RarePageView({ title, text, back }: { title: string; text: string; back: string }) {
  return (
    <Entrance title={title} description={text}>
      <ButtonLink href={OVERVIEW_PATH} text={back} />
    </Entrance>
  )
}

import { SET_UP_PATH, withQuery } from '@/app/paths'
import { TextLink } from '@/components/text'

/** In the row of a mail server: to its set-up guide. */
export const GuideLink = ({ id, name, text }: { id: string; name: string; text: string }) => (
  <TextLink href={withQuery(SET_UP_PATH, { server: id })} aria-label={`${text}: ${name}`} className="text-xs">
    {text}
  </TextLink>
)

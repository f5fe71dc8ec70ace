import { TimeRangeFields } from '@/app/_form/time-range-fields'
import { MESSAGES_PATH } from '@/app/paths'
import { RANGE_FIELDS, timeRangeFaults, timeRangeText } from '@/app/time-range'
import { Button } from '@/components/button'
import { Select, TextInput } from '@/components/inputs'
import { choicesOf, Facet, Facets, NameFacet, SearchBox } from '@/components/list-controls'
import { Note } from '@/components/note'
import type { Translator } from '@/lib/i18n/translations'
import { MESSAGE_SOURCES } from '@/lib/outbox/message'
import { TERM_CHARS_MIN } from '@/lib/outbox/search-text'
import type { FilterChoices } from '@/lib/outbox/store/failures'
import { NO_RULE } from '@/lib/policy/rules'
import { type MessagesRequest, PERIODS, queryOf } from './query'

interface FacetsProps {
  request: MessagesRequest
  choices: FilterChoices
  /** Names of the mail servers by id; empty if there is only one. */
  servers: ReadonlyMap<string, string>
  clients: ReadonlyMap<string, string>
  /** What was typed, if no client has that name. */
  unknown: string
  results: string
  /** The faults on this page, by code, in words. */
  faults: ReadonlyMap<string, string>
  /** When the default period began. */
  sinceTime: string
  t: Translator<'messages'>
}

/** The filters of the list: time, mail server, fault, sender, rule, source, and words to search for. */
export function MessageFacets(props: FacetsProps) {
  const { request, unknown, sinceTime, t } = props
  const shared = { path: MESSAGES_PATH, query: queryOf(request), t }
  const period = (time: MessagesRequest['time']) => t(`filter.period.${time}`, { time: sinceTime })
  const sourceLabel = request.source && (t.lookUp(`source.${request.source}`) ?? request.source)
  const notUsed = [
    unknown && t('filter.noClient', { text: unknown }),
    timeRangeFaults(request, t).join(' '),
    request.badText ? t('filter.badText', { text: request.text, min: TERM_CHARS_MIN }) : '',
  ].filter((text) => text !== '')
  return (
    <div className="grid gap-3">
      <Facets results={props.results}>
        <Facet
          {...shared}
          name={['time', ...RANGE_FIELDS]}
          label={t('filter.time')}
          value={timeRangeText(request, t) ?? period(request.time)}
          apply={<ApplyPeriod text={t('filter.apply')} />}
        >
          <Select
            name="time"
            label={t('filter.time')}
            defaultValue={request.time}
            options={choicesOf(PERIODS, period)}
          />
          <div className="hidden in-[form:has([value=range]:checked)]:block">
            <TimeRangeFields range={request} isReversed={request.isReversed} t={t} />
          </div>
        </Facet>
        {optionsOf(props).map(({ name, options }) => {
          const value = request[name]
          const unlisted =
            value === '' || options.some((option) => option.value === value) ? [] : [{ value, label: value }]
          return (
            <NameFacet
              key={name}
              {...shared}
              name={name}
              unknown={name === 'client' ? unknown : ''}
              options={[...options, ...unlisted]}
            />
          )
        })}
        <Facet
          {...{ ...shared, name: ['source', 'behalf'], label: t('filter.source') }}
          value={[sourceLabel, request.behalf].filter(Boolean).join(', ') || null}
        >
          <Select
            {...{ name: 'source', label: t('filter.source'), defaultValue: request.source }}
            options={[
              { value: '', label: t('filter.any') },
              ...choicesOf(MESSAGE_SOURCES, (value) => t(`source.${value}`)),
            ]}
          />
          <TextInput name="behalf" label={t('filter.behalf')} maxLength={320} defaultValue={request.behalf} />
        </Facet>
        <SearchBox {...shared} label={t('filter.text')} value={request.text} />
      </Facets>
      {notUsed.map((text) => (
        <Note key={text} kind="warning" live="status">
          {text}
        </Note>
      ))}
    </div>
  )
}

/** A date that is half typed and hidden would keep the form from being sent, so only *Chosen period* has its fields checked. */
const ApplyPeriod = ({ text }: { text: string }) => (
  <>
    <Button small text={text} className="hidden in-[form:has([value=range]:checked)]:inline-flex" />
    <Button small text={text} className="in-[form:has([value=range]:checked)]:hidden" formNoValidate />
  </>
)

/** The filters with one value of several; the mail server only if there are several. */
function optionsOf({ choices, servers, clients, faults, t }: FacetsProps) {
  const named = (labels: Iterable<readonly [string, string]>) => [...labels].map(([value, label]) => ({ value, label }))
  return [
    ...(servers.size > 0 ? [{ name: 'server' as const, options: named(servers) }] : []),
    ...(clients.size > 0 ? [{ name: 'client' as const, options: named(clients) }] : []),
    { name: 'fault' as const, options: named(faults) },
    { name: 'sender' as const, options: named(choices.senders.map((each) => [each, each])) },
    {
      name: 'rule' as const,
      options: named(choices.rules.map((each) => [each, each === NO_RULE ? t('filter.noRule') : each])),
    },
  ]
}

import { page } from '@/app/_server/page'
import { API_HELP_PATH, HELP_PATH, helpPath } from '@/app/paths'
import { Answer } from '@/components/answer'
import { Button, ButtonLink } from '@/components/button'
import { TextInput } from '@/components/inputs'
import { Page } from '@/components/page'
import { Fold, FoldHeading, Panel } from '@/components/panel'
import { Link, TextLink } from '@/components/text'
import {
  causesByCheck,
  codesOfGroup,
  DIAGNOSIS_GROUPS,
  faultTitle,
  PASTED_CHARS_MAX,
  search,
  signaturesOf,
} from '@/lib/diagnosis'
import type { Formats } from '@/lib/i18n/formats'
import type { Translator } from '@/lib/i18n/translations'
import type { DiagnosisCode } from '@/lib/kernel'
import { type RefusalCode, refusalIn, refusalInGeneral } from '@/lib/submission/refusal'

/** As many as fit on a line. The page of the code shows all. */
const SIGNATURES_SHOWN_MAX = 4
/** More causes of one text are grouped by what to check first. */
const UNGROUPED_MAX = 4

/** Every fault that a test or a delivery can name, by group or as the answer to a search. What our own listener answered is none of them. */
export default page('help:read', 'help', async ({ t, texts, query: { q } }) => {
  const query = typeof q === 'string' ? q.trim().slice(0, PASTED_CHARS_MAX) : ''
  const [submission] = texts('submission')
  const refused = refusalIn(query)
  const faults = refused ? { signature: null, codes: [] } : search(query, t.locale)
  return (
    <Page title={t('title')}>
      {query === '' && <Answer tone="info" mark="dot" title={t('fault')} />}
      {refused && <RefusalAnswer refused={refused} t={t} submission={submission} />}
      {query !== '' && !refused && <FaultsAnswer {...faults} t={t} />}
      <SearchForm query={query} t={t} />
      {query === '' ? (
        <>
          <p>
            <TextLink href={API_HELP_PATH}>{submission('api.link')}</TextLink>
          </p>
          <Panel>
            {DIAGNOSIS_GROUPS.map((group) => (
              <Fold
                key={group}
                summary={<FoldHeading title={t(`groups.${group}`)} count={codesOfGroup(group).length} />}
              >
                <CodeList codes={codesOfGroup(group)} t={t} />
              </Fold>
            ))}
          </Panel>
        </>
      ) : (
        <FaultPanels {...faults} t={t} />
      )}
    </Page>
  )
})

interface FaultsProps extends ReturnType<typeof search> {
  t: Translator<'help'>
}

function FaultsAnswer({ signature, codes, t }: FaultsProps) {
  const count = codes.length
  if (count === 0)
    return <Answer id="result" tone="neutral" mark={0} title={t('search.none')} detail={t('search.noneHint')} />
  const detail = signature && t('search.recognised', { sign: signature, count })
  return <Answer id="result" tone="info" mark={count} title={t('search.count', { count })} detail={detail} />
}

function FaultPanels({ signature, codes, t }: FaultsProps) {
  if (codes.length === 0) return null
  if (!signature || codes.length <= UNGROUPED_MAX)
    return (
      <Panel>
        <CodeList codes={codes} t={t} />
      </Panel>
    )
  return causesByCheck(codes).map(({ check, codes }, place) => (
    <Panel key={check} title={`${place + 1}. ${t(`checks.${check}`)}`}>
      <CodeList codes={codes} t={t} />
    </Panel>
  ))
}

function RefusalAnswer(props: { refused: RefusalCode; t: Translator<'help'>; submission: Translator<'submission'> }) {
  const { says, todo } = refusalInGeneral(props.submission, props.refused)
  return <Answer id="result" tone="info" mark={1} title={says} detail={`${props.t('search.listener')} ${todo}`} />
}

/** A GET form, so that a result has an address that can be sent to a colleague. */
function SearchForm({ query, t }: { query: string; t: Translator<'help'> }) {
  return (
    <search>
      <form action={`${HELP_PATH}#result`} method="get" className="flex max-w-[46rem] flex-wrap items-start gap-2">
        <TextInput
          name="q"
          type="search"
          label={t('search.label')}
          hint={t('search.hint')}
          defaultValue={query}
          maxLength={PASTED_CHARS_MAX}
          className="min-w-0 flex-1 basis-64 max-sm:basis-full"
        />
        <Button className="sm:mt-6" text={t('search.submit')} />
        {query !== '' && <ButtonLink kind="quiet" href={HELP_PATH} className="sm:mt-6" text={t('search.reset')} />}
      </form>
    </search>
  )
}

function CodeList({ codes, t }: { codes: readonly DiagnosisCode[]; t: Formats }) {
  return (
    <ul className="divide-y divide-line border-t border-line first:border-t-0">
      {codes.map((code) => (
        <li key={code} className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 py-2.5">
          <Link
            href={helpPath(code)}
            className="-my-0.5 min-w-0 py-0.5 font-[550] hover:text-accent hover:underline sm:flex-1"
          >
            {faultTitle(code, t.locale)}
          </Link>
          <p className="flex flex-wrap gap-x-3 font-mono text-xs text-faint sm:max-w-1/2 sm:justify-end">
            {shownSignatures(code).map((signature) => (
              <span key={signature}>{signature}</span>
            ))}
          </p>
        </li>
      ))}
    </ul>
  )
}

function shownSignatures(code: DiagnosisCode): string[] {
  const signatures = signaturesOf(code)
  return signatures.length > SIGNATURES_SHOWN_MAX ? [...signatures.slice(0, SIGNATURES_SHOWN_MAX), '…'] : signatures
}

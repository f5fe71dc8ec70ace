import { HELP_PATH } from '@/app/paths'
import { Button } from '@/components/button'
import { TextInput } from '@/components/inputs'
import { PASTED_CHARS_MAX } from '@/lib/diagnosis'
import type { Translator } from '@/lib/i18n/translations'

/** A GET form, so that a result has an address that can be sent to a colleague. */
export function SearchForm({ query, t }: { query: string; t: Translator<'help'> }) {
  return (
    <search className="mb-8 block">
      <form action={HELP_PATH} method="get" className="flex max-w-[46rem] flex-wrap items-start gap-3">
        <TextInput
          name="q"
          type="search"
          label={t('search.label')}
          hint={t('search.hint')}
          defaultValue={query}
          maxLength={PASTED_CHARS_MAX}
          className="min-w-0 flex-1 basis-64"
        />
        <Button kind="primary" className="sm:mt-[1.625rem]">
          {t('search.submit')}
        </Button>
      </form>
    </search>
  )
}

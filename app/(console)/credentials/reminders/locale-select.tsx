import { Field, wired } from '@/components/field'
import { LOCALES, type Locale } from '@/lib/kernel/locale'
import type { Words } from '@/lib/kernel/words'

/** In which language a channel is spoken to; the forms of the page have one each, so the id has the form's beside it. */
export function LocaleSelect({ form, locale, t }: { form: string; locale: Locale; t: Words }) {
  const words = { name: `${form}-locale` }
  return (
    <Field label={t('add.locale')} {...words}>
      <select {...wired(words)} name="locale" defaultValue={locale} className="control">
        {LOCALES.map((each) => (
          <option key={each} value={each}>
            {t(`locale.${each}`)}
          </option>
        ))}
      </select>
    </Field>
  )
}

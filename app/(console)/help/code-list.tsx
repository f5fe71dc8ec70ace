import Link from 'next/link'
import { helpPath } from '@/app/paths'
import { remedy, signsOf } from '@/lib/diagnosis'
import type { Locale } from '@/lib/i18n/locale'
import type { DiagnosisCode } from '@/lib/kernel/diagnosis-code'

/** As many signs as fit a line; the page of the code has them all. */
const SIGNS_SHOWN_MAX = 4

export function CodeList({ codes, locale }: { codes: readonly DiagnosisCode[]; locale: Locale }) {
  return (
    <ul className="divide-y divide-line">
      {codes.map((code) => (
        <li key={code} className="py-2.5">
          <Link href={helpPath(code)} prefetch={false} className="font-[550] text-accent hover:underline">
            {remedy(code, {}, locale).title}
          </Link>
          <p className="mt-0.5 flex flex-wrap gap-x-3 font-mono text-[0.8125rem] text-faint">
            <span>{code}</span>
            {shownSigns(code).map((sign) => (
              <span key={sign}>{sign}</span>
            ))}
          </p>
        </li>
      ))}
    </ul>
  )
}

function shownSigns(code: DiagnosisCode): string[] {
  const signs = signsOf(code)
  return signs.length > SIGNS_SHOWN_MAX ? [...signs.slice(0, SIGNS_SHOWN_MAX), '…'] : signs
}

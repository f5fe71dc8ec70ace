/** What we read of a result of Lighthouse. */
export interface LighthouseResult {
  categories: Record<string, { score: number | null; auditRefs: { id: string; weight: number }[] }>
  audits: Record<
    string,
    {
      score: number | null
      numericValue?: number
      details?: { type: string; items?: Record<string, unknown>[] }
    }
  >
  runtimeError?: { message: string }
}

export interface PageChecks {
  lighthouse(
    url: string,
    flags: Record<string, unknown>,
    config: unknown,
  ): Promise<{ lhr: LighthouseResult } | undefined>
  desktopConfig: unknown
  /** Opens the page in a separate browser and runs HTML_CodeSniffer (WCAG 2 AA). */
  pa11y(
    url: string,
    options: {
      headers: Record<string, string>
      chromeLaunchConfig: { executablePath: string; args: string[] }
    },
  ): Promise<{ issues: { code: string; selector: string; message: string }[] }>
}

/** Installs them if they are missing. */
export function pageChecks(): Promise<PageChecks>

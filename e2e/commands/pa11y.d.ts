declare module 'pa11y' {
  /** Opens the page in a separate browser and runs HTML_CodeSniffer (WCAG 2 AA). */
  export default function pa11y(
    url: string,
    options: {
      headers: Record<string, string>
      chromeLaunchConfig: { executablePath: string; args: string[] }
    },
  ): Promise<{ issues: { code: string; selector: string; message: string }[] }>
}

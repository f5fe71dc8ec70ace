/** Microsoft's submission hosts, in all its clouds. */
const MICROSOFT_HOST = /(?:^|\.)(?:office365\.(?:com|us)|outlook\.(?:com|cn|de|office\.com)|partner\.outlook\.cn)$/

/** A password login at such a host ends: off by default for existing tenants from the end of December 2026. */
export const isMicrosoftHost = (host: string): boolean => MICROSOFT_HOST.test(host.trim().toLowerCase())

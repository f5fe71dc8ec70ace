/** Microsoft's submission hosts, in all its clouds. */
const MICROSOFT_HOST = /(?:^|\.)(?:office365\.(?:com|us)|outlook\.(?:com|cn|de|office\.com)|partner\.outlook\.cn)$/

/** Microsoft switches password logins at these hosts off, for existing tenants by default from the end of December 2026. */
export const isMicrosoftHost = (host: string): boolean => MICROSOFT_HOST.test(host.trim().toLowerCase())

/** The title of the browser's tab. It is part of what the page shows, so it names nothing that the caller may not see. */
export const DocumentTitle = ({ children }: { children: string }) => <title>{`${children} · Postroom`}</title>

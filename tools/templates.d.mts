/** The text of each template in a folder, by its name. */
export function templatesIn(folder: string): Record<string, string>

/** The element that the Menu button opens on a narrow screen. */
export const MENU_ID = 'places'

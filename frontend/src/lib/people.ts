/** Full name, else the user name. */
export function nameOf(person: { full_name: string; username: string }): string {
  return person.full_name || person.username;
}

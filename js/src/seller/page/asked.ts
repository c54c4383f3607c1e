/**
 * What a request says of the page: whether somebody wants to read it, or it asks for itself.
 */

/** The header by which the page asks what an account is to sign. */
export const PAYER_HEADER = 'Farthing-Payer'

/** Whether somebody would rather read a page than JSON: browsers do, programs that take anything do not. */
export function wantsPage({ headers }: Request): boolean {
  const accepted = (headers.get('accept') ?? '').toLowerCase().split(',')
  const quality = (type: string) => {
    const found = accepted.map((item) => item.split(';').map((part) => part.trim())).find(([name]) => name === type)
    const given = found?.find((part) => part.startsWith('q='))
    return found === undefined ? 0 : given === undefined ? 1 : Number(given.slice(2)) || 0
  }
  return quality('text/html') > quality('application/json')
}

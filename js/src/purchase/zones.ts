import { PaymentError } from '../errors.js'

/** Minutes east of UTC at a moment, for each IANA time zone of a list joined by spaces. */
export function offsetsOf(zones: string, at: Date): Int32Array {
  return Int32Array.from(zones ? zones.split(' ') : [], (zone) => offsetOf(zone, at))
}

// The platform knows the time zones; the core knows what a budget makes of their offset.
function offsetOf(timeZone: string, at: Date): number {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  } catch (cause) {
    throw new PaymentError('misuse/policy', { facts: `timeZone ${timeZone}`, cause })
  }
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  // `GMT`, `GMT+01:00`, `GMT-03:30`.
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0))
}

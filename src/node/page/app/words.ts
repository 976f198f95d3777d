const GWEI_DIGITS = 9;
const ETHER_DIGITS = 18;

/** A decimal number with a point so many digits from its end, without zeros at the end. */
function withPoint(digits: string, places: number): string {
  const padded = digits.padStart(places + 1, '0');
  const whole = padded.slice(0, -places).replace(/\B(?=(\d{3})+$)/g, ',');
  const rest = padded.slice(-places).replace(/0+$/, '');
  return rest === '' ? whole : `${whole}.${rest}`;
}

/** An amount in wei, in the unit in which it is short. */
export function amount(wei: string): string {
  if (wei === '0') return '0';
  if (wei.length <= 6) return `${withPoint(wei, ETHER_DIGITS).length < 8 ? withPoint(wei, ETHER_DIGITS) : wei} wei`;
  return wei.length <= 13 ? `${withPoint(wei, GWEI_DIGITS)} gwei` : `${withPoint(wei, ETHER_DIGITS)} ether`;
}

/** A price of gas, in wei. */
export const price = (wei: string): string => (wei.length <= 6 ? `${wei} wei` : `${withPoint(wei, GWEI_DIGITS)} gwei`);

/** A time of day, with the day if it is another one. */
export function clock(seconds: number): string {
  const time = new Date(seconds * 1000);
  const day = time.toLocaleDateString('en-CA');
  const hour = time.toLocaleTimeString('en-GB');
  return day === new Date().toLocaleDateString('en-CA') ? hour : `${day} ${hour}`;
}

export const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;

export const bytesText = (bytes: number): string =>
  bytes < 10_000 ? `${bytes.toLocaleString('en')} B` : `${(bytes / 1000).toLocaleString('en')} kB`;

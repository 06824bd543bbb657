import { PNG } from 'pngjs'

/**
 * The same picture in fewer bytes: browsers write pictures quickly, and pages of plain colours pack best unfiltered.
 *
 * @param {Buffer} picture
 */
export function smallPng(picture) {
  const options = { filterType: 0, deflateLevel: 9, deflateStrategy: 0, colorType: 2 }
  return PNG.sync.write(PNG.sync.read(picture), options)
}

/** What Grafana's pickers measure and jsdom does not have. */

const BOX = {
  x: 0,
  y: 0,
  top: 0,
  left: 0,
  bottom: 400,
  right: 300,
  width: 300,
  height: 400,
  toJSON: () => '',
};
const LETTER_WIDTH = 8;

/** Gives boxes and letters a size: the list of a picker draws only what fits into its box. */
export function giveSizes(): void {
  jest.spyOn(Element.prototype, 'getBoundingClientRect').mockReturnValue(BOX);
  jest.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(BOX.height);
  jest.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(BOX.width);
  const context = {
    font: '',
    measureText: (text: string) => ({ width: text.length * LETTER_WIDTH }),
  };
  HTMLCanvasElement.prototype.getContext = jest.fn().mockReturnValue(context);
}

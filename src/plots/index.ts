export { attentionHeatmap, bestPath, type AttentionHeatmapOptions } from './attention-heatmap';
export { gateHeatmap, type GateHeatmapOptions } from './gate-heatmap';
export { embeddingMap, type EmbeddingMapOptions, type MappedWord } from './embedding-map';
export { barTable, spread, type Bar, type BarTableOptions, type Spread } from './bar-table';
export { makeFigure, type Figure, type FigureOptions, type PlotlyObject } from './figure';
export { curvePlot, liveCurve, type Curve, type CurvePlotOptions, type LiveCurve } from './loss-curve';
export { mimeBundle, show, showUpdatable, type ShownFigure } from './show';
export { highlightedWords, wordHeatmap, type HighlightedWordsOptions, type WordHeatmapOptions } from './word-heatmap';
export type { Matrix, Vector } from './weights';

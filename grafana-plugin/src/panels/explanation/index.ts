/** The explanation for pages of the app, without the panel around it. */
export { ExplanationView, type ExplanationViewProps } from './view/ExplanationView';
export { ServerExplanation, type ServerExplanationProps } from './view/ServerExplanation';

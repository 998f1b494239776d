// What a shipped dashboard has to be by Grafana's own schema (npm @grafana/schema). GrafanaSchemaTest appends the four dashboards as literals;
// the compiler then finds a missing member, a wrong type, an unknown value and a key that Grafana does not know.
import type { AnnotationQuery, Dashboard, DataSourceRef, Panel, RowPanel } from '@grafana/schema';
import type { Options as BarGauge } from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type { Options as Stat } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { Options as StateTimeline } from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type { Options as Table } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type { Options as TimeSeries } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// JSON has "absolute" where TypeScript has ThresholdsMode.Absolute.
type Plain<T> = T extends string
  ? `${T}`
  : T extends Array<infer E>
    ? Array<Plain<E>>
    : T extends object
      ? { [K in keyof T]: Plain<T[K]> }
      : T;

// Grafana fills in what a panel's options leave out.
type Some<T> = T extends Array<infer E> ? Array<E> : T extends object ? { [K in keyof T]?: Some<T[K]> } : T;

// The schema leaves queries to the data source; this is what Prometheus's reads.
type PrometheusQuery = {
  refId: string;
  expr: string;
  legendFormat: string;
  range: boolean;
  instant: boolean;
  format?: 'table';
  datasource: Plain<DataSourceRef>;
};

type Own = 'type' | 'options' | 'id' | 'title' | 'description' | 'targets';
type Shown<Type extends string, Options> = Omit<Plain<Panel>, Own> & {
  type: Type;
  id: number;
  title: string;
  description: string;
  options: Some<Plain<Options>>;
  targets: PrometheusQuery[];
};

// A query of Prometheus for annotations: the data source reads these members, the schema leaves them to it.
type PrometheusAnnotation = Plain<AnnotationQuery> & { expr: string; titleFormat: string; textFormat: string };

type Shipped = Omit<Plain<Dashboard>, 'annotations' | 'panels'> & {
  uid: string;
  title: string;
  annotations: { list: PrometheusAnnotation[] };
  panels: Array<
    | Plain<RowPanel>
    | Shown<'bargauge', BarGauge>
    | Shown<'stat', Stat>
    | Shown<'state-timeline', StateTimeline>
    | Shown<'table', Table>
    | Shown<'timeseries', TimeSeries>
  >;
};

using System.Globalization;
using System.Text;
using ParallelDag.Graphs;
using ParallelDag.Simulation;
using ParallelDag.Writers;

namespace ParallelDag.Traces;

/// <summary>
/// Writes a simulation in the Trace Event Format ("Trace Event Format", Google, 2016), which ui.perfetto.dev and chrome://tracing open: a
/// process a GPU, a thread a stream, a slice a node; arrows, counters, the plan's stages and the critical path. Times are microseconds with
/// three decimals. Same simulation, same bytes.
/// </summary>
public static class TraceWriter
{
    private const int CancellationStride = 1 << 12;

    /// <summary>
    /// Writes a trace and returns what it leaves out without having been asked to, in words; null when nothing. O(slices * log
    /// threads).
    /// </summary>
    /// <param name="result">The simulation.</param>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="options">What is shown; null: all, within the limit.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <exception cref="InputException">Nothing is left to show, or too much.</exception>
    public static string? Write(
        SimulationResult result, Stream output, TraceOptions? options = null, CancellationToken cancellation = default)
    {
        var selection = new TraceSelection(result, options ?? new TraceOptions());
        new Pass(result, selection, new Utf8Sink(output), cancellation).Run();
        return selection.Note;
    }

    /// <summary>The trace as text.</summary>
    public static string ToText(SimulationResult result, TraceOptions? options = null)
    {
        using var stream = new MemoryStream();
        Write(result, stream, options);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private sealed class Pass
    {
        private readonly SimulationResult _result;
        private readonly Dag _dag;
        private readonly TraceSelection _selection;
        private readonly TraceProcesses _processes;
        private readonly Utf8Sink _sink;
        private readonly CancellationToken _cancellation;
        private readonly PieceCache _heads;
        private readonly PieceCache _details;
        private readonly string[] _bounds;
        private readonly List<string> _planNames = [];
        private bool _first = true;

        public Pass(SimulationResult result, TraceSelection selection, Utf8Sink sink, CancellationToken cancellation)
        {
            _result = result;
            _dag = result.GetDag();
            _selection = selection;
            _sink = sink;
            _cancellation = cancellation;
            int lastGpu = result.Actions.GpuLanes.Gpus.Select(gpus => gpus.Last).DefaultIfEmpty().Max();
            _processes = new TraceProcesses(_dag, lastGpu, result.Options.Streams);
            _heads = new PieceCache((text, facts) =>
                text.Append(JsonFacts.Encode(_dag.FactsTable[facts].Op ?? _dag.FactsTable[facts].Name).ToString()));
            _details = new PieceCache((text, facts) => Details(text, _dag.FactsTable[facts]));
            _bounds = [.. Enum.GetValues<TimeBound>().Select(bound => bound.ToName() is string name ? $",\"bound\":\"{name}\"" : "")];
        }

        public void Run()
        {
            var slices = new TraceSlices(_result, _selection, _processes);
            var threads = new List<string>();
            List<TraceEvent> plan = slices.OfPlan(threads, _planNames);
            _sink.Bytes("{\"displayTimeUnit\":\"ns\",\"traceEvents\":["u8);
            WriteProcess(_processes.Plan, "Plan", -2, threads);
            WriteProcess(_processes.CriticalPath, "Critical path", -1, ["critical path"]);
            (int Gpu, int Lane)[] gpus = [.. _selection.Gpus.SelectMany((lane, index) => lane.Select(gpu => (gpu, index))).Order()];
            foreach ((int gpu, _) in gpus)
                WriteProcess(TraceProcesses.Of(gpu), _processes.NameOf(gpu), gpu, _processes.StreamNames);

            var sources = new List<IEnumerator<TraceEvent>>
            {
                plan.GetEnumerator(),
                slices.OfCriticalPath().GetEnumerator(),
                new TraceFlows(_result, _selection).All().GetEnumerator(),
                new TraceCounters(_result).All(_processes.Plan).GetEnumerator(),
            };
            int kinds = _result.Actions.StreamKinds;
            foreach ((int gpu, int lane) in gpus)
            {
                for (int kind = 0; kind < kinds; kind++)
                    sources.Add(slices.OfStream(gpu, (lane * kinds) + kind, kind).GetEnumerator());
            }

            Merge(sources);
            _sink.Bytes("\n]}\n"u8);
            _sink.Flush();
        }

        /// <summary>Writes events of sources that are each in order; of equal ones the earlier source first.</summary>
        private void Merge(List<IEnumerator<TraceEvent>> sources)
        {
            var next = new PriorityQueue<int, (TraceEvent, int)>();
            for (int source = 0; source < sources.Count; source++)
            {
                if (sources[source].MoveNext())
                    next.Enqueue(source, (sources[source].Current, source));
            }

            for (int count = 0; next.TryDequeue(out int source, out _); count++)
            {
                if (count % CancellationStride == 0)
                    _cancellation.ThrowIfCancellationRequested();
                Write(sources[source].Current);
                if (sources[source].MoveNext())
                    next.Enqueue(source, (sources[source].Current, source));
            }
        }

        private void WriteProcess(int process, string name, int place, IReadOnlyList<string> threads)
        {
            Begin();
            Metadata("process_name", process, 0, $"\"name\":\"{JsonFacts.Encode(name)}\"");
            Begin();
            Metadata("process_sort_index", process, 0, Wording.Words.Invariant($"\"sort_index\":{place}"));
            for (int i = 0; i < threads.Count; i++)
            {
                Begin();
                Metadata("thread_name", process, i + 1, $"\"name\":\"{JsonFacts.Encode(threads[i])}\"");
                Begin();
                Metadata("thread_sort_index", process, i + 1, Wording.Words.Invariant($"\"sort_index\":{i + 1}"));
            }
        }

        private void Metadata(string name, int process, int thread, string arguments) =>
            _sink.Text(Wording.Words.Invariant(
                $"{{\"ph\":\"M\",\"name\":\"{name}\",\"pid\":{process},\"tid\":{thread},\"args\":{{{arguments}}}}}"));

        private void Write(TraceEvent item)
        {
            Begin();
            _sink.Bytes(item.Kind switch
            {
                TraceEventKind.Slice => "{\"ph\":\"X\",\"pid\":"u8,
                TraceEventKind.FlowStart => "{\"ph\":\"s\",\"pid\":"u8,
                TraceEventKind.FlowEnd => "{\"ph\":\"f\",\"bp\":\"e\",\"pid\":"u8,
                _ => "{\"ph\":\"C\",\"pid\":"u8,
            });
            _sink.Number(item.Process);
            _sink.Bytes(",\"tid\":"u8);
            _sink.Number(item.Thread);
            _sink.Bytes(",\"ts\":"u8);
            Microseconds(item.Time);
            switch (item.Kind)
            {
                case TraceEventKind.Slice when item.Node >= 0:
                    Duration(item);
                    WriteNode(item.Node);
                    break;
                case TraceEventKind.Slice:
                    Duration(item);
                    _sink.Text($",\"cat\":\"plan\",\"name\":\"{JsonFacts.Encode(_planNames[item.Value])}\"}}");
                    break;
                case TraceEventKind.Counter:
                    _sink.Text($",\"name\":\"{TraceCounters.Names[item.Value]}\",\"args\":{{\"value\":");
                    _sink.Number(item.Amount);
                    _sink.Bytes("}}"u8);
                    break;
                default:
                    _sink.Bytes(",\"cat\":\"flow\",\"name\":\"flow\",\"id\":"u8);
                    _sink.Number(item.Value);
                    _sink.Bytes("}"u8);
                    break;
            }
        }

        /// <summary>The rest of a node's slice: kind, name, and what else is known of it.</summary>
        private void WriteNode(int node)
        {
            int facts = _dag.FactsColumn[node];
            NodeScope scope = _dag.ScopeOf(node);
            _sink.Bytes(",\"cat\":\""u8);
            _sink.Text(_dag.FactsTable[facts].Kind.ToName());
            _sink.Bytes("\",\"name\":\""u8);
            _sink.Bytes(_heads[facts]);
            if (scope.Layer is int layer)
            {
                _sink.Bytes(" L"u8);
                _sink.Number(layer);
            }

            _sink.Bytes("\",\"args\":{\"node\":\""u8);
            _sink.Bytes(JsonFacts.Encode(_dag.IdOf(node)).EncodedUtf8Bytes);
            _sink.Bytes("\",\"micro_batch\":"u8);
            _sink.Number(scope.MicroBatch);
            _sink.Bytes(_details[facts]);
            _sink.Text(_bounds[(int)_dag.Times![node].Bound]);
            _sink.Bytes("}}"u8);
        }

        private static void Details(StringBuilder text, NodeFacts facts)
        {
            if (facts.Flops > 0)
                text.Append(CultureInfo.InvariantCulture, $",\"flops\":{facts.Flops}");
            if (facts.HbmBytes > 0)
                text.Append(CultureInfo.InvariantCulture, $",\"hbm_bytes\":{facts.HbmBytes}");
            if (facts.Collective.ToName() is string collective)
                text.Append(CultureInfo.InvariantCulture, $",\"collective\":\"{collective}\",\"group_size\":{facts.GroupSize}");
            if (facts.Bytes is long bytes and > 0)
                text.Append(CultureInfo.InvariantCulture, $",\"S\":{bytes}");
            if (facts.WireBytes > 0)
                text.Append(CultureInfo.InvariantCulture, $",\"wire_bytes\":{facts.WireBytes}");
        }

        private void Begin()
        {
            _sink.Bytes(_first ? "\n"u8 : ",\n"u8);
            _first = false;
        }

        private void Duration(TraceEvent item)
        {
            _sink.Bytes(",\"dur\":"u8);
            Microseconds(item.Duration);
        }

        private void Microseconds(long nanoseconds)
        {
            _sink.Number(nanoseconds / 1000);
            long rest = nanoseconds % 1000;
            _sink.Bytes(rest < 10 ? ".00"u8 : rest < 100 ? ".0"u8 : "."u8);
            _sink.Number(rest);
        }
    }
}

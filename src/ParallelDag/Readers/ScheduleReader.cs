using System.Text.Json;
using ParallelDag.Files;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Readers;

/// <summary>
/// Reads a schedule of another program as a DAG with times: JSON lines, first <c>{"schedule": name}</c>, then an action a line,
/// <c>{"id":3,"kind":"collective","gpus":[0,1],"ns":13320.676,"deps":[1,2]}</c>. Kinds are <c>compute</c>, <c>collective</c> and
/// <c>message</c>, whose GPUs are the sender and the receiver. The order of the lines is the order in which streams run them.
/// </summary>
public static class ScheduleReader
{
    private const int MostGpus = 1 << 20;

    private const double MostNanoseconds = 9.2e15;

    private static readonly string[] Kinds = ["compute", "collective", "message"];

    /// <summary>Reads an input. O(text).</summary>
    /// <exception cref="InputException">It is no schedule; a problem for the first fault.</exception>
    public static Dag Read(InputFile input, CancellationToken cancellation = default)
    {
        DotEncoding.RefuseBinary(input);
        var reader = new Pass(input.Name, cancellation);
        ReadOnlySpan<byte> rest = input.Utf8;
        for (int line = 1; !rest.IsEmpty; line++)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> text = (end < 0 ? rest : rest[..end]).TrimEnd("\r "u8);
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (!text.IsEmpty)
                reader.ReadLine(text, line);
        }

        return reader.Build();
    }

    private sealed record Action(long Id, string Kind, int[] Gpus, double Seconds, long[] Waits, int Line);

    private sealed class Pass(string? file, CancellationToken cancellation)
    {
        private readonly List<Action> _actions = [];
        private readonly Dictionary<long, int> _placeOfId = [];
        private string? _name;
        private long? _announced;

        public void ReadLine(ReadOnlySpan<byte> text, int line)
        {
            if (line % 4096 == 0)
                cancellation.ThrowIfCancellationRequested();
            JsonElement item = Parse(text, line);
            if (item.ValueKind != JsonValueKind.Object)
                throw Fault(line, "a line of a schedule is an object in braces");
            if (_name is null)
                ReadHeader(item, line);
            else
                ReadAction(item, line);
        }

        public Dag Build()
        {
            if (_name is null)
                throw Fault(1, "this schedule is empty; its first line names it: {\"schedule\": \"name\"}");
            if (_actions.Count == 0)
                throw Fault(1, "this schedule has no actions; each is a line with id, kind, gpus, ns and deps");
            if (_announced is long count && count != _actions.Count)
            {
                string announced = Words.Count(count, "action"), read = Words.Count(_actions.Count, "action");
                throw Fault(1, $"the first line announces {announced}, but {read} follow; the file may be cut");
            }

            var builder = new DagBuilder();
            foreach (Action action in _actions)
                builder.AddNode(Words.Invariant($"{action.Id}"), FactsOf(action), NodeScope.Unknown, GpuSet.FromGpus(action.Gpus));
            for (int target = 0; target < _actions.Count; target++)
            {
                foreach (long wait in _actions[target].Waits)
                {
                    if (!_placeOfId.TryGetValue(wait, out int source))
                        throw Fault(_actions[target].Line, $"action {_actions[target].Id} waits for action {wait}, which is not there");
                    builder.AddEdge(source, target, EdgeKind.Data);
                }
            }

            return builder.Build(
                new DagHeader
                {
                    Name = _name,
                    Detail = DetailLevel.Device,
                    Pool = GpuSet.FromGpus(_actions.SelectMany(action => action.Gpus)),
                },
                clock: new ListedClock([.. _actions.Select(action => new NodeTime(action.Seconds, TimeBound.None))]));
        }

        private static NodeFacts FactsOf(Action action) => new()
        {
            Name = action.Kind,
            Kind = action.Kind == Kinds[0] ? NodeKind.Computation : NodeKind.Communication,
            Collective = action.Kind == Kinds[2] ? CollectiveKind.SendRecv : CollectiveKind.None,
            GroupSize = action.Kind == Kinds[0] ? 0 : action.Gpus.Length,
            Senders = action.Kind == Kinds[2] ? GpuSet.Of(action.Gpus[0]) : null,
        };

        private JsonElement Parse(ReadOnlySpan<byte> text, int line)
        {
            try
            {
                var json = new Utf8JsonReader(text);
                JsonElement item = JsonElement.ParseValue(ref json);
                return json.Read() ? throw Fault(line, "there is more than one value on this line") : item;
            }
            catch (JsonException fault)
            {
                var place = new TextPosition(line, (int)(fault.BytePositionInLine ?? 0) + 1);
                throw new InputException(file, place, "this line is no JSON object; write one action a line");
            }
        }

        private void ReadHeader(JsonElement header, int line)
        {
            foreach (JsonProperty property in header.EnumerateObject())
            {
                switch (property.Name)
                {
                    case "schedule" when property.Value.ValueKind == JsonValueKind.String:
                        _name = property.Value.GetString()!;
                        break;
                    case "actions" when property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt64(out long count)
                        && count >= 0:
                        _announced = count;
                        break;
                    case "simulatorNanoseconds":
                        break;
                    default:
                        throw Fault(
                            line,
                            $"the first line of a schedule has 'schedule' (its name) and 'actions' (their number), not {Quote(property)}");
                }
            }

            if (_name is null)
                throw Fault(line, "the first line of a schedule names it: {\"schedule\": \"name\"}");
            if (_name.Length == 0 || !_name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
                throw Fault(line, $"a schedule's name has letters, digits and _ - . only, not '{OneLine.Quote(_name)}'");
        }

        private void ReadAction(JsonElement item, int line)
        {
            long? id = null;
            string? kind = null;
            int[]? gpus = null;
            double? nanoseconds = null;
            long[] waits = [];
            foreach (JsonProperty property in item.EnumerateObject())
            {
                switch (property.Name)
                {
                    case "id":
                        id = Integer(property, long.MaxValue, line);
                        break;
                    case "kind":
                        kind = property.Value.ValueKind == JsonValueKind.String && Kinds.Contains(property.Value.GetString())
                            ? property.Value.GetString()
                            : throw Fault(line, $"'kind' is {string.Join(", ", Kinds[..^1])} or {Kinds[^1]}, not {Quote(property.Value)}");
                        break;
                    case "gpus":
                        gpus = [.. Integers(property, MostGpus - 1, line).Select(gpu => (int)gpu)];
                        break;
                    case "ns":
                        nanoseconds = property.Value.ValueKind == JsonValueKind.Number
                            && property.Value.GetDouble() is >= 0 and < MostNanoseconds
                            ? property.Value.GetDouble()
                            : throw Fault(line, $"'ns' is a number of nanoseconds from 0 to 106 days, not {Quote(property.Value)}");
                        break;
                    case "deps":
                        waits = Integers(property, long.MaxValue, line);
                        break;
                    default:
                        throw Fault(line, $"an action has id, kind, gpus, ns and deps, not {Quote(property)}");
                }
            }

            if (id is null || kind is null || gpus is null || nanoseconds is null)
            {
                string missing = id is null ? "id" : kind is null ? "kind" : gpus is null ? "gpus" : "ns";
                throw Fault(line, $"this action has no '{missing}'");
            }

            if (gpus.Length == 0 || gpus.Distinct().Count() != gpus.Length || (kind == Kinds[2] && gpus.Length != 2))
            {
                throw Fault(line, kind == Kinds[2]
                    ? "the GPUs of a message are two: who sends, who receives"
                    : "an action names at least one GPU, and none twice");
            }

            if (!_placeOfId.TryAdd(id.Value, _actions.Count))
                throw Fault(line, $"action {id} is there already, on line {_actions[_placeOfId[id.Value]].Line}");
            _actions.Add(new Action(id.Value, kind, gpus, nanoseconds.Value * 1e-9, waits, line));
        }

        private long Integer(JsonProperty property, long most, int line) => Integer(property.Name, property.Value, most, line);

        private long Integer(string name, JsonElement value, long most, int line) =>
            value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= 0 && number <= most
                ? number
                : throw Fault(line, Words.Invariant($"'{name}' holds whole numbers from 0 to {most}, not {Quote(value)}"));

        private long[] Integers(JsonProperty property, long most, int line) => property.Value.ValueKind == JsonValueKind.Array
            ? [.. property.Value.EnumerateArray().Select(item => Integer(property.Name, item, most, line))]
            : throw Fault(line, $"'{property.Name}' is a list in brackets, not {Quote(property.Value)}");

        private static string Quote(JsonProperty property) => $"'{OneLine.Quote(property.Name)}'";

        private static string Quote(JsonElement value) => OneLine.Quote(value.GetRawText());

        private InputException Fault(int line, string message) => new(file, new TextPosition(line, 1), message);
    }
}

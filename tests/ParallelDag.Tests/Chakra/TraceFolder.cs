using ParallelDag.Chakra;
using ParallelDag.Chakra.Wire;
using ParallelDag.Chakra.Writing;

namespace ParallelDag.Tests.Chakra;

/// <summary>A folder of traces that a test writes, changes and checks.</summary>
internal sealed class TraceFolder : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("paralleldag-traces-").FullName;

    public string this[string name] => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Writes the files of a DAG.</summary>
    public TraceFolder With(Dag dag, ChakraOptions? options = null)
    {
        ChakraExport.Write(
            dag,
            (suffix, write) =>
            {
                using FileStream stream = File.Create(this["t" + suffix]);
                write(stream);
            },
            options);
        return this;
    }

    /// <summary>Writes the traces of ranks by hand.</summary>
    public TraceFolder With(params Action<Hand>[] ranks)
    {
        for (int rank = 0; rank < ranks.Length; rank++)
        {
            using FileStream stream = File.Create(this[$"t.{rank}.et"]);
            ranks[rank](new Hand(stream));
        }

        return this;
    }

    public TraceFolder Groups(string json)
    {
        File.WriteAllText(this["t.groups.json"], json);
        return this;
    }

    /// <summary>Decodes a trace, has it changed and writes it again, by Google's runtime.</summary>
    public TraceFolder Change(int rank, Action<List<GoogleNode>> change)
    {
        string path = this[$"t.{rank}.et"];
        List<GoogleNode> nodes = GoogleTrace.Decode(File.ReadAllBytes(path));
        change(nodes);
        File.WriteAllBytes(path, GoogleTrace.Encode(nodes));
        return this;
    }

    public CheckReport Check(int rank = 0) => ChakraTraces.Check(this[$"t.{rank}.et"], displayName: $"t.{rank}.et");

    /// <summary>The one rule that fails, and its line.</summary>
    public string Fault(string id)
    {
        CheckReport report = Check();
        Assert.Equal([id], report.Failures.Select(failure => failure.Id));
        CheckResult failure = report.Failures.Single();
        Assert.DoesNotContain('\n', failure.Evidence);
        return failure.Evidence;
    }

    /// <summary>Writes nodes in few words.</summary>
    internal sealed class Hand
    {
        private readonly NodeEncoder _encoder;

        public Hand(Stream stream)
        {
            _encoder = new NodeEncoder(stream);
            _encoder.Metadata();
        }

        public Hand Compute(int id, params int[] data)
        {
            _encoder.Begin(id, "gemm", TraceNodeType.Compute, [], data);
            _encoder.Compute(NodeEncoder.Work(1000, 1_000_000));
            _encoder.End();
            return this;
        }

        public Hand AllReduce(int id, int group, params int[] data)
        {
            _encoder.Begin(id, "", TraceNodeType.Collective, [], data);
            _encoder.Collective(0, 1000, group);
            _encoder.End();
            return this;
        }

        public Hand Send(int id, int source, int target, int tag, params int[] data) =>
            Message(TraceNodeType.Send, id, source, target, tag, data);

        public Hand Receive(int id, int source, int target, int tag, params int[] data) =>
            Message(TraceNodeType.Receive, id, source, target, tag, data);

        private Hand Message(TraceNodeType type, int id, int source, int target, int tag, int[] data)
        {
            _encoder.Begin(id, "", type, [], data);
            _encoder.Message(source, target, tag, 1000);
            _encoder.End();
            return this;
        }
    }
}

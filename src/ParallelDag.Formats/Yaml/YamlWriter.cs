using System.Text;
using ParallelDag.Documents;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ParallelDag.Formats.Yaml;

/// <summary>Writes a document tree as YAML: mappings as blocks, lists and the innermost mappings on one line.</summary>
public static class YamlWriter
{
    /// <summary>Writes <paramref name="root"/>, ending in a line feed.</summary>
    public static void Write(DocumentNode root, TextWriter output)
    {
        var emitter = new Emitter(output,
            new EmitterSettings(bestIndent: 2, bestWidth: 140, isCanonical: false, maxSimpleKeyLength: 1024).WithNewLine("\n"));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart());
        Emit(emitter, root, isRoot: true);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
    }

    /// <summary>Writes <paramref name="root"/> as UTF-8 without a byte order mark.</summary>
    public static void Write(DocumentNode root, Stream output)
    {
        using var writer = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true)
        {
            NewLine = "\n",
        };
        Write(root, writer);
    }

    private static void Emit(Emitter emitter, DocumentNode node, bool isRoot = false)
    {
        switch (node)
        {
            case DocumentMap map:
                bool innermost = !isRoot && map.Entries.All(entry => entry.Value is DocumentScalar);
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true,
                    innermost ? MappingStyle.Flow : MappingStyle.Block));
                foreach (DocumentEntry entry in map.Entries)
                {
                    emitter.Emit(new Scalar(entry.Key));
                    Emit(emitter, entry.Value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case DocumentList list:
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Flow));
                foreach (DocumentNode item in list.Items)
                    Emit(emitter, item);
                emitter.Emit(new SequenceEnd());
                break;
            case DocumentScalar scalar:
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, scalar.Text,
                    scalar.Quoted ? ScalarStyle.SingleQuoted : ScalarStyle.Any, isPlainImplicit: true, isQuotedImplicit: true));
                break;
        }
    }
}

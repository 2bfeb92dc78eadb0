namespace ParallelDag.Chakra.Wire;

/// <summary>
/// Numbers and names of Chakra's schema (mlcommons/chakra, <c>schema/protobuf/et_def.proto</c>, version 0.0.4): messages GlobalMetadata,
/// Node and AttributeProto.
/// </summary>
internal static class TraceFields
{
    /// <summary>The version that is written; readers that know others take it.</summary>
    public const string Version = "0.0.4";

    /// <summary>GlobalMetadata.version.</summary>
    public const int MetadataVersion = 1;

    /// <summary>Node.id.</summary>
    public const int Id = 1;

    /// <summary>Node.name.</summary>
    public const int Name = 2;

    /// <summary>Node.type.</summary>
    public const int Type = 3;

    /// <summary>Node.ctrl_deps.</summary>
    public const int ControlDependencies = 4;

    /// <summary>Node.data_deps.</summary>
    public const int DataDependencies = 5;

    /// <summary>Node.duration_micros.</summary>
    public const int Duration = 7;

    /// <summary>Node.attr.</summary>
    public const int Attribute = 10;

    /// <summary>AttributeProto.name.</summary>
    public const int AttributeName = 1;

    /// <summary>AttributeProto.int64_val.</summary>
    public const int Int64Value = 9;

    /// <summary>AttributeProto.uint32_val.</summary>
    public const int UInt32Value = 11;

    /// <summary>AttributeProto.uint64_val.</summary>
    public const int UInt64Value = 13;

    /// <summary>AttributeProto.bool_val.</summary>
    public const int BoolValue = 27;

    /// <summary>AttributeProto.string_val.</summary>
    public const int StringValue = 29;
}

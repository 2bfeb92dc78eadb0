# What every Export-* cmdlet does with paths, old files and interruptions.

BeforeDiscovery {
    $exports = @((Import-PowerShellDataFile ($env:PARALLELDAG_MODULE ?? "$PSScriptRoot/../ParallelDag.psd1")).CmdletsToExport -like 'Export-*')

    # One file for an input; those that write a folder have tests of their own.
    $exports = $exports -ne 'Export-ParallelDag' -ne 'Export-DagChakra' -ne 'Export-LaunchManifest'
}

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
    $plan = New-DeploymentPlan ./examples/llm_parallel.yaml
    $dag = $plan | Get-ParallelDag -Detail Overview
}

AfterAll { Exit-Scratch $scratch }

Describe '<_>' -ForEach $exports {
    BeforeAll {
        $cmdlet = $_
        $in = if ($cmdlet -eq 'Export-DeploymentPlan') { $plan } else { $dag }
        $folder = "./$cmdlet"
        $null = New-Item -ItemType Directory $folder
    }

    It 'returns nothing, and the file with -PassThru' {
        $in | & $cmdlet -Path "$folder/a.out" | Should -BeNullOrEmpty
        $file = $in | & $cmdlet -Path "$folder/a.out" -PassThru
        $file | Should -BeOfType IO.FileInfo
        $file.Length | Should -BeGreaterThan 100
    }

    It 'writes UTF-8 without a byte order mark, with line feeds' {
        $in | & $cmdlet -Path "$folder/bytes.out"
        $bytes = [IO.File]::ReadAllBytes("$PWD/$folder/bytes.out")
        $bytes[0] | Should -Not -Be 0xEF
        $bytes | Should -Not -Contain 13
    }

    It 'writes the same bytes each time' {
        $in | & $cmdlet -Path "$folder/one.out"
        $in | & $cmdlet -Path "$folder/two.out"
        (Get-FileHash "$folder/one.out").Hash | Should -Be (Get-FileHash "$folder/two.out").Hash
    }

    It 'writes relative to the location of PowerShell, which is not that of the process' {
        Push-Location $folder
        try {
            [Environment]::CurrentDirectory | Should -Not -Be $PWD.Path
            $in | & $cmdlet -Path 'here.out'
            Test-Path ./here.out | Should -BeTrue
        }
        finally { Pop-Location }
    }

    It 'follows drives of PowerShell' {
        $null = New-PSDrive -Name Plans -PSProvider FileSystem -Root "$PWD/$folder"
        try { $in | & $cmdlet -Path 'Plans:/drive.out' } finally { Remove-PSDrive Plans }
        Test-Path "$folder/drive.out" | Should -BeTrue
    }

    It 'takes brackets literally with -LiteralPath' {
        $in | & $cmdlet -LiteralPath "$folder/a[1].out"
        Test-Path -LiteralPath "$folder/a[1].out" | Should -BeTrue
    }

    It 'names the file after the plan in a folder' {
        $file = $in | & $cmdlet -Path $folder -PassThru
        $file.Name | Should -Match '^llm_parallel(_\w+)?(\.\w+)+$'
    }

    It 'overwrites, unless -NoClobber is given' {
        Set-Content "$folder/old.out" 'old'
        (Get-Fault { $in | & $cmdlet -Path "$folder/old.out" -NoClobber }).FullyQualifiedErrorId | Should -Match '^FileExists,ParallelDag\.'
        Get-Content "$folder/old.out" | Should -Be 'old'
        $in | & $cmdlet -Path "$folder/old.out"
        (Get-Content "$folder/old.out")[0] | Should -Not -Be 'old'
    }

    It 'leaves a read-only file alone, unless -Force is given, and keeps it read-only' {
        Set-Content "$folder/fixed.out" 'old'
        Set-ItemProperty "$folder/fixed.out" IsReadOnly $true
        (Get-Fault { $in | & $cmdlet -Path "$folder/fixed.out" }).FullyQualifiedErrorId | Should -Match '^FileReadOnly,'
        Get-Content "$folder/fixed.out" | Should -Be 'old'
        $in | & $cmdlet -Path "$folder/fixed.out" -Force
        (Get-Content "$folder/fixed.out")[0] | Should -Not -Be 'old'
        (Get-Item "$folder/fixed.out").IsReadOnly | Should -BeTrue
        Set-ItemProperty "$folder/fixed.out" IsReadOnly $false
    }

    It 'does nothing with -WhatIf' {
        $in | & $cmdlet -Path "$folder/never.out" -WhatIf
        Test-Path "$folder/never.out" | Should -BeFalse
    }

    It 'refuses <Why>' -ForEach @(
        @{ Why = 'a missing folder'; Path = 'missing/x.out'; Id = 'FolderNotFound' }
        @{ Why = 'a missing folder with a slash'; Path = 'missing/'; Id = 'FolderNotFound' }
        @{ Why = 'another provider'; Path = 'Env:/x.out'; Id = 'PathNotFileSystem' }
        @{ Why = 'a drive that does not exist'; Path = 'Nowhere:/x.out'; Id = 'PathNotResolved' }
        @{ Why = 'wildcards that match nothing'; Path = 'x*.nothing'; Id = 'PathAmbiguous' }
        @{ Why = 'wildcards that match several files'; Path = 'several/*.txt'; Id = 'PathAmbiguous' }
    ) {
        $null = New-Item -ItemType Directory several -Force
        Set-Content several/1.txt, several/2.txt 'text'
        $faults = Get-Fault { $in | & $cmdlet -Path $Path }
        $faults.Count | Should -Be 1
        $faults[0].FullyQualifiedErrorId | Should -Match "^$Id,ParallelDag\."
        $faults[0].CategoryInfo.Category | Should -Not -Be NotSpecified
        $faults[0].TargetObject | Should -Not -BeNullOrEmpty
    }

    It 'leaves no temporary files behind' {
        @(Get-ChildItem $folder -Force -Filter '*.tmp') | Should -BeNullOrEmpty
    }
}

Describe 'Several inputs' {
    It 'land in files of their own in a folder' {
        $null = New-Item -ItemType Directory many
        $other = New-DeploymentPlan -Name other -Model $plan.Model -Cluster $plan.Cluster -Prefill 'pp4 ep4'
        ($plan, $other | Export-DagDot -Path ./many -Detail Overview -PassThru).Name | Should -Be @('llm_parallel_simplified.dot', 'other_simplified.dot')
    }

    It 'do not overwrite each other in one file' {
        $faults = Get-Fault { $dag, $dag | Export-DagDot -Path ./both.dot }
        $faults.FullyQualifiedErrorId | Should -Match '^FileWrittenTwice,'
    }
}

Describe 'Levels' {
    It 'are chosen for plans and refused for DAGs' {
        $plan | Export-DagDot -Path ./small.dot -Detail Overview
        $plan | Export-DagDot -Path ./large.dot
        (Get-Item ./small.dot).Length | Should -BeLessThan (Get-Item ./large.dot).Length
        (Get-Fault { $dag | Export-DagDot -Path ./x.dot -Detail Device }).FullyQualifiedErrorId | Should -Match '^DetailNotAvailable,'
    }
}

Describe 'Text' {
    It 'of ConvertTo-DagDot and ConvertTo-DagSvg is that of the files' {
        $dag | Export-DagDot -Path ./same.dot
        $dag | Export-DagSvg -Path ./same.svg
        $dag | ConvertTo-DagDot | Should -BeExactly ([IO.File]::ReadAllText("$PWD/same.dot"))
        $dag | ConvertTo-DagSvg | Should -BeExactly ([IO.File]::ReadAllText("$PWD/same.svg"))
    }

    It 'keeps every letter' {
        Set-Content ./words.dot 'digraph { a [label="Śnieć ç 日本 <&>"]; a -> b }'
        $graph = Import-ParallelDag ./words.dot
        $graph | ConvertTo-DagDot | Should -Match 'Śnieć ç 日本'
        ([xml] ($graph | ConvertTo-DagSvg)).DocumentElement.InnerText | Should -Match 'Śnieć ç 日本 <&>'
    }
}

Describe 'Pages' {
    It 'hold the graph and refer to nothing outside' {
        $dag | Export-DagHtml -Path ./page.html
        $page = Get-Content ./page.html -Raw
        $page | Should -Match '<html'
        $page | Should -Not -Match '(src|href)="https?:'
        $page | Should -Match ([regex]::Escape($dag.Node(0).Name))
    }

    It 'are the same from a plan, from its DAG, and when they are shown' {
        $plan | Export-DagHtml -Path ./plan.html
        $plan | Get-ParallelDag | Export-DagHtml -Path ./dag.html
        $shown = $plan | Show-ParallelDag -As Html -PassThru -WarningAction SilentlyContinue
        $page = Get-Content ./plan.html -Raw
        $page | Should -Match 'id="sheet-map"'
        Get-Content ./dag.html -Raw | Should -BeExactly $page
        Get-Content $shown -Raw | Should -BeExactly $page
        Remove-Item $shown
    }

    It 'show a second plan beside the first, or nothing where that cannot be opened' {
        $plan | Export-DagHtml -Beside $plan -Path ./both.html
        Get-Content ./both.html -Raw | Should -Match 'id="picture-b"'
        $plan | Export-DagHtml -Beside ./nowhere.yaml -Path ./none.html -ErrorAction SilentlyContinue -ErrorVariable fault
        $fault.Count | Should -Be 1
        './none.html' | Should -Not -Exist
    }
}

Describe 'Pictures' {
    It 'are well-formed, and name every operator' {
        $svg = [xml] ($plan | ConvertTo-DagSvg)
        $svg.DocumentElement.LocalName | Should -Be 'svg'
        $ops = $svg.SelectNodes("//*[@data-op]") | ForEach-Object { $_.GetAttribute('data-op') } | Sort-Object -Unique
        $ops | Should -Be (($plan | Get-ParallelDag | Get-DagNode).Op | Sort-Object -Unique)
    }

    It 'show one stage or some layers' {
        $whole = ($plan | ConvertTo-DagSvg).Length
        ($plan | ConvertTo-DagSvg -Stage 2).Length | Should -BeLessThan $whole
        ($plan | ConvertTo-DagSvg -Layer (5..6) -Phase Prefill).Length | Should -BeLessThan $whole
        (Get-Fault { $plan | ConvertTo-DagSvg -Layer 1, 3 }).FullyQualifiedErrorId | Should -Match '^ArgumentFault,'
        (Get-Fault { $plan | ConvertTo-DagSvg -Stage 1, 2 }).FullyQualifiedErrorId | Should -Match '^ArgumentFault,'
    }

    It 'of a plan answer one question each' {
        foreach ($kind in [Enum]::GetNames([ParallelDag.Pictures.PictureKind])) {
            ([xml] ($plan | ConvertTo-DagSvg -Picture $kind)).DocumentElement.title.'#text' | Should -Match '^llm_parallel: '
        }
        $plan | Export-DagSvg -Path ./a_map.svg -Picture Map
        Get-Content ./a_map.svg -Raw | Should -BeExactly ($plan | ConvertTo-DagSvg -Picture Map)
        (Get-Fault { $dag | ConvertTo-DagSvg -Picture Map }).FullyQualifiedErrorId | Should -Match '^PictureNeedsPlan,'
    }

    It 'fold what is identical unless told otherwise' {
        ($plan | ConvertTo-DagSvg).Length | Should -BeLessThan ($plan | ConvertTo-DagSvg -Folding Never).Length
    }
}

Describe 'Export-ParallelDag' {
    BeforeAll {
        $pictures = [Enum]::GetNames([ParallelDag.Pictures.PictureKind]) | ForEach-Object { "$($_.ToLowerInvariant()).svg" }
        $names = @('deployment.dot', 'deployment.svg', 'simplified.dot', 'simplified.svg') + $pictures + 'report.md' | ForEach-Object { "llm_parallel_$_" }
        $perPlan = $names.Count
        $small = $plan | New-DeploymentPlan -Prefill 'pp2 ep2' -Decode $null
    }

    It 'writes what the other cmdlets write of the plan, and makes the folder' {
        ($plan | Export-ParallelDag -Path ./all/of/it -PassThru).Name | Should -Be $names
        Get-Content ./all/of/it/llm_parallel_deployment.dot -Raw | Should -BeExactly ($plan | ConvertTo-DagDot)
        Get-Content ./all/of/it/llm_parallel_simplified.svg -Raw | Should -BeExactly ($plan | ConvertTo-DagSvg -Detail Overview)
        Get-Content ./all/of/it/llm_parallel_map.svg -Raw | Should -BeExactly ($plan | ConvertTo-DagSvg -Picture Map)
        Get-Content ./all/of/it/llm_parallel_report.md -Raw | Should -Match 'llm_parallel_simplified\.svg'
    }

    It 'draws each phase by itself too with -SplitPhase' {
        $files = $plan | Export-ParallelDag -Path ./apart -SplitPhase -PassThru
        $files.Name | Should -Contain 'llm_parallel_decode.svg'
        $files.Count | Should -Be ($perPlan + 4)
        Get-Content ./apart/llm_parallel_prefill.dot -Raw | Should -BeExactly ($plan | Get-ParallelDag -Phase Prefill | ConvertTo-DagDot)
    }

    It 'takes files, several plans and a drive' {
        $null = New-PSDrive -Name Out -PSProvider FileSystem -Root $PWD
        try { ('./examples/nothing.yaml', $small | Export-ParallelDag -LiteralPath 'Out:/m[1]' -PassThru -ErrorAction Ignore).Count | Should -Be $perPlan } finally { Remove-PSDrive Out }
        @(Get-ChildItem -LiteralPath './m[1]').Name | Sort-Object | Should -Be ($names | Sort-Object)
    }

    It 'writes nothing with -WhatIf, and says what' {
        $said = Invoke-Child "New-DeploymentPlan '$PWD/examples/llm_parallel.yaml' | Export-ParallelDag -Path '$PWD/never' -WhatIf"
        foreach ($name in $names) { "$said" | Should -Match $name }
        Test-Path ./never | Should -BeFalse
    }

    It 'writes all or nothing' {
        $null = New-Item -ItemType Directory ./half/llm_parallel_report.md
        (Get-Fault { $small | Export-ParallelDag -Path ./half }).FullyQualifiedErrorId | Should -Match '^PathIsFolder,'
        @(Get-ChildItem ./half).Count | Should -Be 1
        Set-Content ./half/llm_parallel_deployment.svg old
        Remove-Item ./half/llm_parallel_report.md
        (Get-Fault { $small | Export-ParallelDag -Path ./half -NoClobber }).FullyQualifiedErrorId | Should -Match '^FileExists,'
        @(Get-ChildItem ./half).Count | Should -Be 1
    }

    It 'refuses <Why>' -ForEach @(
        @{ Why = 'a DAG'; In = { $dag }; Path = './x'; Id = 'InputNotSupported' }
        @{ Why = 'a file as the folder'; In = { $small }; Path = './examples/llm_parallel.yaml'; Id = 'PathIsFile' }
        @{ Why = 'the same plan twice'; In = { $small, $small }; Path = './twice'; Id = 'FileWrittenTwice' }
        @{ Why = 'another provider'; In = { $small }; Path = 'Env:/x'; Id = 'PathNotFileSystem' }
    ) {
        (Get-Fault { & $In | Export-ParallelDag -Path $Path }).FullyQualifiedErrorId | Should -Match "^$Id,"
    }

    It 'warns when a rule fails' {
        $tight = $plan | New-DeploymentPlan -Name tight -Cluster @{ gpus = 64; gpu = @{ memory = '64 MiB'; flops = '1 TFLOPS'; memoryBandwidth = '1 TB/s' } }
        $null = $tight | Export-ParallelDag -Path ./tight -WarningVariable said -WarningAction SilentlyContinue
        "$said" | Should -Match '1 failed'
        Get-Content ./tight/tight_report.md -Raw | Should -Match 'PD013'
    }
}

Describe 'Names that would lead files astray' {
    It 'are refused for plans: <_>' -ForEach '.', '..', '-rf', '.hidden', 'a/b', '', '~', 'a b' {
        (Get-Fault { $plan | New-DeploymentPlan -Name $_ })[0].ToString() | Should -Match 'cannot become file names'
    }

    It 'are kept for plans where they do no harm: <_>' -ForEach '007', '1e3', 'null', '_x', 'a-b.c' {
        $file = $plan | New-DeploymentPlan -Name $_ | Export-DeploymentPlan -Path . -PassThru
        $file.Name | Should -Be "$_.yaml"
        (New-DeploymentPlan -LiteralPath $file).Name | Should -BeExactly $_
    }

    It 'stay in the folder for graphs of others' {
        $null = New-Item -ItemType Directory ./astray/in
        $files = '"../evil"', '"/tmp/evil"', '".."', '"-rf"' | ForEach-Object { "digraph $_ { a -> b }" | ConvertFrom-DagDot | Export-DagDot -Path ./astray/in -PassThru }
        $files.DirectoryName | Should -Be (@((Get-Item ./astray/in).FullName) * 4)
        $files.Name -match '^[-.]' | Should -BeNullOrEmpty
    }
}

Describe 'Outputs that are no plain files' {
    It 'a link is followed and stays' -Skip:$IsWindows {
        Set-Content ./target.dot old
        $null = New-Item -ItemType SymbolicLink ./link.dot -Target ./target.dot
        $dag | Export-DagDot -Path ./link.dot
        (Get-Item ./link.dot).LinkType | Should -Be SymbolicLink
        Get-Content ./target.dot -Raw | Should -BeExactly ($dag | ConvertTo-DagDot)
    }

    It 'a device is written through and stays one' -Skip:$IsWindows {
        $dag | Export-DagDot -Path /dev/null
        (Get-Item /dev/null).UnixMode | Should -Match '^c'
    }

    It 'the input itself is refused in another format, and may be written in its own' {
        $dag | Export-DagJson -Path ./own.json
        (Get-Fault { './own.json' | Export-DagDot -Path ./own.json }).FullyQualifiedErrorId | Should -Match '^OutputIsInput,'
        $before = Get-Content ./own.json -Raw
        './own.json' | Export-DagJson -Path ./own.json
        Get-Content ./own.json -Raw | Should -BeExactly $before
    }

    It 'a file keeps its mode' -Skip:$IsWindows {
        Set-Content ./mode.dot old
        chmod 600 ./mode.dot
        $dag | Export-DagDot -Path ./mode.dot
        (Get-Item ./mode.dot).UnixMode | Should -Be '-rw-------'
    }
}
